import { scanKeys } from '../redis/key-scan.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { EntryHead } from './entry.js';
import { decodeHead } from './entry-codec.js';
import { valueKey } from './shared-tier.js';

/** The first bytes of an entry in Redis. The tags of twenty images fit in. */
const headBytes = 8 * 1024;

/** Goes over all entries in Redis. Only purges need this: no entry is found by its tags. */
export class StoredEntries {
  constructor(private readonly redis: RedisLink) {}

  /** @returns the number of entries for which `isMeant` is true. @throws RedisUnavailable, or Redis's own reply. */
  async count(isMeant: (keyHash: string, head: EntryHead) => boolean): Promise<number> {
    const found = new Set<string>();
    for await (const { keyHash, head } of this.#all()) if (isMeant(keyHash, head)) found.add(keyHash);
    return found.size;
  }

  /** Deletes the entries for which `isMeant` is true. A newer entry of the same key stays. @throws like `count`. */
  async delete(isMeant: (keyHash: string, head: EntryHead) => boolean): Promise<void> {
    for await (const { key, keyHash, head } of this.#all())
      if (isMeant(keyHash, head))
        await this.redis.runAside((redis) => redis.eval(deleteScript, 1, key, `${head.fence} `));
  }

  async *#all(): AsyncGenerator<{ key: string; keyHash: string; head: EntryHead }> {
    const [before = '', after = ''] = valueKey(this.redis, '*').split('*');
    for await (const keys of scanKeys(this.redis, before, after)) {
      const heads = await this.redis.runAside((redis) =>
        // A key of another Redis type is not ours.
        Promise.all(keys.map((key) => redis.getrangeBuffer(key, 0, headBytes - 1).catch(() => undefined))),
      );
      for (const [index, key] of keys.entries()) {
        const head = decodeHead(heads[index] ?? Buffer.alloc(0));
        if (head) yield { key, keyHash: key.slice(before.length, -after.length), head };
      }
    }
  }
}

const deleteScript = `
if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;
