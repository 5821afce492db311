/** A dump of all keys of a Redis, and its restoration at a later time, as an operator would do it. */
import { Redis } from 'ioredis';

export interface RedisDump {
  restore: () => Promise<void>;
}

export async function takeDump(url: string): Promise<RedisDump> {
  const client = new Redis(url);
  const keys = await client.keys('*');
  const entries: [key: string, ttlMs: number, value: Buffer][] = [];
  for (const key of keys) {
    const [ttlMs, value] = await Promise.all([client.pttl(key), client.dumpBuffer(key)]);
    // A key can expire meanwhile.
    if ((value as Buffer | null) !== null) entries.push([key, Math.max(0, ttlMs), value]);
  }
  client.disconnect();
  return { restore: () => restore(url, entries) };
}

async function restore(url: string, entries: readonly [string, number, Buffer][]): Promise<void> {
  const client = new Redis(url);
  await client.flushall();
  for (const [key, ttlMs, value] of entries) await client.restore(key, ttlMs, value, 'REPLACE');
  client.disconnect();
}
