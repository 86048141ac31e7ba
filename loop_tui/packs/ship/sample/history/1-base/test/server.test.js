import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import { makeServer } from '../src/server.js';
import { version } from '../src/version.js';

const server = makeServer();
let base = '';

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.close();
  server.closeAllConnections();
});

test('/health names the version', async () => {
  const response = await fetch(`${base}/health`);
  assert.deepEqual(await response.json(), { status: 'ok', version: version() });
});

test('/gauge draws', async () => {
  const response = await fetch(`${base}/gauge/0.25`);
  assert.equal(await response.text(), '[#####...............] 25%\n');
});

test('other paths are not found', async () => {
  const response = await fetch(`${base}/nowhere`);
  assert.equal(response.status, 404);
});
