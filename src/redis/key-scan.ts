import { Cluster, type Redis } from 'ioredis';
import type { RedisLink } from './redis-link.js';

const keysPerScan = 500;

/**
 * Goes over all keys with this beginning and this end, on every master, a few hundred at a time. A key can come twice.
 * @throws like `runAside` of the link.
 */
export async function* scanKeys(link: RedisLink, beginning: string, end = ''): AsyncGenerator<string[]> {
  const pattern = `${literally(beginning)}*${literally(end)}`;
  for (const node of await mastersOf(link))
    for (let cursor = '0', isOver = false; !isOver;) {
      const scan = () => node.scan(cursor, 'MATCH', pattern, 'COUNT', keysPerScan);
      const [next, keys] = await link.runAside(scan);
      cursor = next;
      isOver = next === '0';
      if (keys.length > 0) yield keys;
    }
}

/** The one server, or every master of the cluster, each for commands in `runAside`. @throws like `runAside`. */
export function mastersOf(link: RedisLink): Promise<(Redis | Cluster)[]> {
  return link.runAside(async (redis) => {
    if (!(redis instanceof Cluster)) return [redis];
    // A client that has not connected yet knows no master. The command makes it connect.
    await redis.ping();
    return redis.nodes('master');
  });
}

/** The text as a pattern of SCAN that matches nothing else. */
function literally(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}
