/** What the cache did since its start; for operators. */
export class CacheCounts {
  memoryHits = 0;
  redisHits = 0;
  loads = 0;
  failures = 0;
  /** Loads that ended with what another instance came to. */
  superseded = 0;
  /** Bytes in Redis that were no entry. */
  unreadable = 0;
}
