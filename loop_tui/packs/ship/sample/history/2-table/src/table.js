import { gauge } from './gauge.js';

/** Several gauges under each other, their names aligned. */
export function table(values, width = 20) {
  const names = Object.keys(values);
  const longest = Math.max(0, ...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(longest)} ${gauge(values[name], width)}`).join('\n');
}
