/** Lists of ascending times. */

/** The number of times up to and including `at`. */
export function countUpTo(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function insert(times: number[], at: number): void {
  times.splice(countUpTo(times, at), 0, at);
}
