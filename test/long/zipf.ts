import { SeededRandom } from '../../emulator/data/seeded-random.js';
import type { CacheScale } from './cache-scale.js';

export interface TraceRequest {
  /** Time since the start of the trace. */
  atMs: number;
  key: number;
  /** The process that gets the request. */
  member: number;
}

/** Requests at random moments; the k-th key gets 1/k of the first key's requests. The trace is the same at every run. */
export function zipfTrace({ requests, perSecond, keys }: CacheScale, members: number): TraceRequest[] {
  const random = new SeededRandom('trace');
  const shares: number[] = [];
  let total = 0;
  for (let key = 0; key < keys; key += 1) shares.push((total += 1 / (key + 1)));
  let atMs = 0;
  return Array.from({ length: requests }, () => {
    atMs += (-Math.log(1 - random.fraction()) * 1_000) / perSecond;
    const key = firstAbove(shares, random.fraction() * total);
    return { atMs, key, member: random.integer(0, members - 1) };
  });
}

/** @param sums ascending. @returns the index of the first sum above `value`. */
function firstAbove(sums: readonly number[], value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
