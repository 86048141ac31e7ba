import assert from 'node:assert/strict';
import { test } from 'node:test';

import { gauge } from '../src/gauge.js';

test('an empty gauge', () => {
  assert.equal(gauge(0, 4), '[....] 0%');
});

test('a half full gauge', () => {
  assert.equal(gauge(0.5, 4), '[##..] 50%');
});

test('what is no number is refused', () => {
  assert.throws(() => gauge(Number.NaN), RangeError);
});
