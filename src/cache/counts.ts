/** Counts since the start of the process; shown to operators. */
export class CacheCounts {
  memoryHits = 0;
  memoryMisses = 0;
  redisHits = 0;
  redisMisses = 0;
  loads = 0;
  failures = 0;
  /** Loads that ended with the result of another instance. */
  superseded = 0;
  /** Values in Redis that could not be read as an entry. */
  unreadable = 0;
}
