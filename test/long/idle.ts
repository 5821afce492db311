/** Long check of rest: what a fleet costs that has refreshed some of 20,000 stale keys and is asked nothing more. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { consumers, Fleet, settings, type FleetScale, type Member, type Scale } from './fleet.js';
import { atMost, noted, type Finding } from './findings.js';

/** The kernel counts the time of a process in hundredths of a second. */
const msPerTick = 10;
const slow = { limit: 5, windowMs: 60_000 };
/** Every call is made, so that the cache fills. With a short window few calls stand in the account at a time. */
const fast = { limit: 100_000, windowMs: 100 };
/** The calls that begin together share one change of the account, which costs more than the calls. */
const coldAtOnce = 50;
/** A slow machine may take long for so many calls at once, and no cold request may be given up. */
const patientMs = 600_000;
const staleAtOnce = 16;

export async function idle({ members, staleKeys, restMs, mostAtRest }: Scale): Promise<Finding[]> {
  const scale: FleetScale = { members, deadlineMs: 15_000, limit: fast };
  const ages = { TTL_LISTS: '1s', HSS_RATE_TOTAL: `${fast.limit}/${fast.windowMs}ms` };
  // A single member fills the cache: several would try to change the account at the same time, again and again.
  const fleet = await Fleet.start({ ...scale, members: 1, deadlineMs: patientMs }, ages);
  try {
    for (let unanswered = staleKeys; unanswered > 0;)
      unanswered = (await askEach(fleet, staleKeys, coldAtOnce)).length;
    const [filler] = fleet.members;
    await fleet.kill(filler!);
    for (let index = 0; index < members; index += 1) await fleet.join(settings({ ...scale, limit: slow }));
    const stale = await askEach(fleet, staleKeys, staleAtOnce);
    await sleep(restMs);
    const shares = await sharesOfACore(fleet.members, restMs);
    return [
      noted('keys', staleKeys),
      atMost('stale keys without an answer', stale.length, 0),
      ...(stale.length > 0 ? [noted('their answers', stale.slice(0, 5).join(' '))] : []),
      atMost('bytes of the largest account', await largestAccount(fleet), 256 * 1024),
      atMost('percent of a core at rest, the busiest instance', 100 * Math.max(...shares), mostAtRest),
      noted('percent of a core at rest, each', shares.map((share) => (100 * share).toFixed(2)).join(' ')),
      atMost('lines on stderr or errors in the logs', fleet.complaints.length, 0),
    ];
  } finally {
    await fleet.end();
  }
}

/** Asks for each key once, spread over the members. @returns the status of each request that failed. */
async function askEach({ members }: Fleet, keys: number, atOnce: number): Promise<number[]> {
  let next = 0;
  const failed: number[] = [];
  const askOn = async () => {
    for (let key = next++; key < keys; key = next++) {
      const { url } = members[key % members.length]!;
      const consumer = consumers[key % consumers.length]!;
      const answer = await fetch(`${url}/v1/registry-images?name=key-${key}`, {
        headers: { 'X-API-Key': consumer.key },
      });
      await answer.arrayBuffer();
      if (answer.status !== 200) failed.push(answer.status);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, askOn));
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
