import assert from 'node:assert/strict';
import { test } from 'node:test';

import { table } from '../src/table.js';

test('names are aligned', () => {
  assert.equal(table({ a: 0, long: 1 }, 2), 'a    [..] 0%\nlong [##] 100%');
});

test('no values, no lines', () => {
  assert.equal(table({}), '');
});
