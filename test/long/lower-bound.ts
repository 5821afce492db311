/** How long one stored answer was fresh, as drawn. Wall times in ms. */
export interface Life {
  from: number;
  until: number;
}

/** Requests that need a load wait at most this long until it leaves. */
const patienceMs = 5_000;

/**
 * The fewest loads with which any cache could have answered these requests for one key, were its lives the drawn ones:
 * a load is due at the first request that no life covers, and covers what comes until its life ends. (Loading ahead of
 * requests needs no fewer: such a load covers as long a time, and begins before it is of use.) A life that began while
 * another ran, or that nobody had asked for, is not in the bound: the call was one too many.
 *
 * @param askedAt wall times in ms, in order. @param lives in the order in which they began.
 * @param fullLifeMs of a load that the cache did not make.
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

/** How many lives began while another one of the key ran. */
export function overlaps(lives: readonly Life[]): number {
  let count = 0;
  let coveredUntil = -Infinity;
  for (const { from, until } of lives) {
    if (from < coveredUntil) count += 1;
    coveredUntil = Math.max(coveredUntil, until);
  }
  return count;
}
