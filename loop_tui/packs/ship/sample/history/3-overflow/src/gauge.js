/** A gauge of `width` cells for a value from 0 to 1. */
export function gauge(value, width = 20) {
  if (!Number.isFinite(value)) {
    throw new RangeError(`not a number: ${value}`);
  }
  const shown = Math.min(Math.max(value, 0), 1);
  const full = Math.round(shown * width);
  const percent = Math.round(value * 100);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${percent}%`;
}
