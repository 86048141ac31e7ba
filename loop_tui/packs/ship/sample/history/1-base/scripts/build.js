// Copies src to dist, each file stamped with the version it was built from.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const { name, version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const names = readdirSync(new URL('src/', root)).filter((file) => file.endsWith('.js')).sort();

rmSync(new URL('dist/', root), { recursive: true, force: true });
mkdirSync(new URL('dist/', root));
for (const file of names) {
  const source = readFileSync(new URL(`src/${file}`, root), 'utf8');
  writeFileSync(new URL(`dist/${file}`, root), `// ${name} ${version}\n${source}`);
  process.stdout.write(`dist/${file}\n`);
}
process.stdout.write(`${name} ${version}: ${names.length} files built\n`);
