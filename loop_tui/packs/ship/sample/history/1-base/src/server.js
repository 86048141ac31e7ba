import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

import { gauge } from './gauge.js';
import { version } from './version.js';

function answer(path) {
  if (path === '/health') {
    return [200, 'application/json', `${JSON.stringify({ status: 'ok', version: version() })}\n`];
  }
  const asked = /^\/gauge\/([0-9.]+)$/.exec(path);
  if (asked && Number(asked[1]) <= 1) {
    return [200, 'text/plain; charset=utf-8', `${gauge(Number(asked[1]))}\n`];
  }
  return [404, 'text/plain; charset=utf-8', 'not found\n'];
}

/** As `answer`, and 500 where that fails: whoever asks must not wait for ever. */
function answerOrFail(path) {
  try {
    return answer(path);
  } catch (error) {
    return [500, 'text/plain; charset=utf-8', `${error.message}\n`];
  }
}

/** The server, not yet listening. */
export function makeServer() {
  return createServer((request, response) => {
    const [status, type, body] = answerOrFail(new URL(request.url, 'http://widget').pathname);
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  });
}

function main() {
  const host = process.env.HOST || '127.0.0.1';
  const port = Number(process.env.PORT || 8080);
  const server = makeServer();
  server.listen(port, host, () => {
    const { port: bound } = server.address();
    process.stdout.write(`widget ${version()} listens on http://${host}:${bound}\n`);
  });
  server.on('error', (error) => {
    process.stderr.write(`widget: ${error.message}\n`);
    process.exitCode = 1;
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main();
}
