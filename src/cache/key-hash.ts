import { hash } from 'node:crypto';

/**
 * How a cache key travels through the service:
 *
 * 1. `scope:schema:path?query@start`, the key as text. `ListReader` builds it
 *    (`src/endpoints/lists/list-reader.ts`); `@end` in place of `@start` names the entry that holds the length of
 *    the list. A `Source` carries the key into the cache.
 * 2. `keyHash`, 22 characters. `ReadThroughCache` hashes the key once. Memory, Redis
 *    (`PREFIX:cache:{keyHash}:value`), the messages between instances and the purge tag `key:keyHash` use this
 *    form.
 * 3. `keyHash.generation`, the key of a `Flight`. The generation is the number of the last purge that this instance
 *    knows at the start of the load, so a load from before a purge and a load from after it have different keys.
 * 4. The key of a ticket. The call budget takes the flight's key as it is (`Load.key`) and lets one call per key
 *    leave at a time in the whole fleet.
 */
export function keyHashOf(key: string): string {
  // 128 bits of SHA-256: a short name in Redis that fits into one hash tag and shows no text of consumers.
  return hash('sha256', key, 'base64url').slice(0, 22);
}
