// Numbers that are random, and the same in every run.
import { createHash } from 'node:crypto';

/** @returns a function that draws numbers in [0, 1). */
export function seeded(seed) {
  let drawn = 0;
  return () =>
    createHash('sha256')
      .update(`${seed}/${(drawn += 1)}`)
      .digest()
      .readUInt32BE() /
    2 ** 32;
}

/** The value below which this share of the values lies. */
export function atShare(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
