import { mastersOf } from './key-scan.js';
import type { RedisLink } from './redis-link.js';

/** In bytes. A limit of 0 is none. */
export interface RedisMemory {
  used: number;
  limit: number;
}

/** The memory of Redis; in a cluster that of the fullest master. @throws like `runAside` of the link. */
export async function readRedisMemory(link: RedisLink): Promise<RedisMemory> {
  const nodes = await mastersOf(link);
  const infos = await Promise.all(nodes.map((node) => link.runAside(() => node.info('memory'))));
  return infos.map(memoryIn).reduce((a, b) => (share(b) > share(a) ? b : a));
}

function memoryIn(info: string): RedisMemory {
  const of = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return { used: of('used_memory'), limit: of('maxmemory') };
}

function share({ used, limit }: RedisMemory): number {
  return limit > 0 ? used / limit : 0;
}
