/** Long check of rest: what a fleet costs that has refreshed some of 20,000 stale keys and is asked nothing more. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { keyHashOf } from '../../src/cache/key-hash.js';
import { until } from '../support/until.js';
import { cacheKey, consumers, Fleet, type Member, type Scale } from './fleet.js';
import { atLeast, atMost, noted, type Finding } from './findings.js';

/** The kernel counts the time of a process in hundredths of a second. */
const msPerTick = 10;
const api = 'ListRegistryImages';
const limit = { limit: 5, windowMs: 60_000 };
const freshMs = 1_000;
const askedAtOnce = 16;
const copiedAtOnce = 1_000;

export async function idle({ members, staleKeys, restMs, mostAtRest, mayRunOut }: Scale): Promise<Finding[]> {
  const ages = { TTL_LISTS: `${freshMs}ms` };
  const fleet = await Fleet.start({ members, deadlineMs: 15_000, limit }, ages);
  try {
    await fillCache(fleet, staleKeys);
    await sleep(freshMs);
    const calls = fleet.emulator.journal.calls(api).length;
    const failed = await askEach(fleet, staleKeys);
    // An instance that has just joined refreshes nothing before it knows the others.
    await until(() => fleet.emulator.journal.calls(api).length > calls);
    await sleep(restMs);
    const shares = await sharesOfACore(fleet.members, restMs);
    const { journal } = fleet.emulator;
    return [
      noted('keys', staleKeys),
      // A machine that stalls for 50 ms loses Redis for a moment, and a key that is only there counts as cold.
      atMost('stale keys without an answer', failed.length, mayRunOut ? staleKeys / 20 : 0),
      ...(failed.length > 0 ? [noted('their answers', failed.slice(0, 5).join(' '))] : []),
      atLeast('keys that were refreshed', journal.calls(api).length - calls, 1),
      atMost('calls in the busiest window', journal.busiestWindow(limit.windowMs, api), limit.limit),
      atMost('bytes of the largest account', await largestAccount(fleet), 256 * 1024),
      atMost('percent of a core at rest, the busiest instance', 100 * Math.max(...shares), mostAtRest),
      noted('percent of a core at rest, each', shares.map((share) => (100 * share).toFixed(2)).join(' ')),
      atMost('lines on stderr or errors in the logs', fleet.complaints.length, 0),
    ];
  } finally {
    await fleet.end();
  }
}

/**
 * Caches an answer for each key: the first by a call, the others as copies of its entry in Redis. A call for each would
 * take a busy machine half an hour.
 */
async function fillCache(fleet: Fleet, keys: number): Promise<void> {
  const redis = new Redis(fleet.redis.port);
  try {
    // A machine that stalls for 50 ms loses Redis for a moment, and the answer stays out of Redis until it is read again.
    await until(
      async () => (await askEach(fleet, 1)).length === 0 && (await redis.exists(entryKey(fleet, 0))),
    );
    const entry = (await redis.getBuffer(entryKey(fleet, 0)))!;
    for (let first = 1; first < keys; first += copiedAtOnce) {
      const copies = redis.pipeline();
      for (let key = first; key < Math.min(keys, first + copiedAtOnce); key += 1)
        copies.set(entryKey(fleet, key), entry);
      await copies.exec();
    }
  } finally {
    redis.disconnect();
  }
}

/** Where Redis holds the answer for this key. */
function entryKey({ emulator }: Fleet, key: number): string {
  return `hss-bff:cache:{${keyHashOf(cacheKey(emulator, `image_name=${nameOf(key)}`))}}:value`;
}

function nameOf(key: number): string {
  return `key-${key}`;
}

/** Asks for each key once, spread over the members. @returns the status of each request that failed. */
async function askEach({ members }: Fleet, keys: number): Promise<number[]> {
  let next = 0;
  const failed: number[] = [];
  const askOn = async () => {
    for (let key = next++; key < keys; key = next++) {
      const { url } = members[key % members.length]!;
      const consumer = consumers[key % consumers.length]!;
      const answer = await fetch(`${url}/v1/registry-images?name=${nameOf(key)}`, {
        headers: { 'X-API-Key': consumer.key },
      });
      await answer.arrayBuffer();
      if (answer.status !== 200) failed.push(answer.status);
    }
  };
  await Promise.all(Array.from({ length: askedAtOnce }, askOn));
  return failed;
}

/** The part of one core that each process uses, over `restMs`. */
async function sharesOfACore(members: readonly Member[], restMs: number): Promise<number[]> {
  const cpuMs = () => Promise.all(members.map(({ pid }) => cpuMsOf(pid)));
  const before = await cpuMs();
  await sleep(restMs);
  return (await cpuMs()).map((after, index) => (after - before[index]!) / restMs);
}

async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the process, in brackets, may hold spaces. The fields 14 and 15 are user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

async function largestAccount({ redis }: Fleet): Promise<number> {
  const found = (await redis.cli('KEYS', '*account:*')) as string[];
  const sizes = await Promise.all(found.map((key) => redis.cli('HSTRLEN', key, 'account')));
  return Math.max(...sizes.map(Number));
}
