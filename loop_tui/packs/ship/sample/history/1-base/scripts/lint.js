// Checks that every script parses and keeps a few rules; exit 1 when one does not.
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const rules = [
  ['tab', /\t/],
  ['space at the end of the line', / $/],
  ['more than 100 characters', /^.{101,}$/],
  ['debugger statement', /^\s*debugger;/],
  ['var instead of let or const', /^\s*var\s/],
];

function broken(name) {
  const text = readFileSync(new URL(name, root), 'utf8');
  const found = text.endsWith('\n') ? [] : [`${name}: no line feed at the end of the file`];
  text.split('\n').forEach((line, index) => {
    for (const [what, pattern] of rules) {
      if (pattern.test(line)) {
        found.push(`${name}:${index + 1}: ${what}`);
      }
    }
  });
  return found;
}

function unparsed(name) {
  return new Promise((resolve) => {
    const path = fileURLToPath(new URL(name, root));
    execFile(process.execPath, ['--check', path], (error, _, stderr) => {
      resolve(error ? [`${name}: does not parse\n${stderr.trim()}`] : []);
    });
  });
}

const names = ['src', 'test', 'scripts'].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root))
    .filter((file) => file.endsWith('.js'))
    .map((file) => `${folder}/${file}`));
const unreadable = await Promise.all(names.map(unparsed));
const problems = [...names.flatMap(broken), ...unreadable.flat()];
for (const problem of problems) {
  process.stderr.write(`${problem}\n`);
}
process.stdout.write(`${names.length} files checked, ${problems.length} problems\n`);
process.exitCode = problems.length ? 1 : 0;
