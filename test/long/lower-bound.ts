/** The drawn fresh life of one stored answer, as wall times in ms. */
export interface Life {
  from: number;
  until: number;
}

/** The longest time that a request waits until its load leaves. */
const patienceMs = 5_000;

/**
 * The smallest number of loads with which any cache could answer these requests for one key, given the drawn lives. A
 * load is due at the first request that no life covers, and covers all requests until its life ends. (Loading ahead of
 * requests does not save a load: such a load covers the same length of time, and begins before a request needs it.) A
 * life that began while another life ran, or without a request, is not in the bound: its call was one too many.
 *
 * @param askedAt wall times in ms, in order. @param lives in the order of their beginnings.
 * @param fullLifeMs the life of a load that the cache did not make.
 */
export function fewestLoads(askedAt: readonly number[], lives: readonly Life[], fullLifeMs: number): number {
  let loads = 0;
  let next = 0;
  let coveredUntil = -Infinity;
  for (const at of askedAt) {
    if (at < coveredUntil) continue;
    loads += 1;
    while (next < lives.length && (lives[next]!.from < coveredUntil || lives[next]!.until <= at)) next += 1;
    const life = lives[next];
    const isDrawn = life !== undefined && life.from <= at + patienceMs;
    coveredUntil = isDrawn ? life.until : at + fullLifeMs;
  }
  return loads;
}

/** How many lives began while another life of the key ran. */
export function overlaps(lives: readonly Life[]): number {
  let count = 0;
  let coveredUntil = -Infinity;
  for (const { from, until } of lives) {
    if (from < coveredUntil) count += 1;
    coveredUntil = Math.max(coveredUntil, until);
  }
  return count;
}
