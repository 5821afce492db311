/** Long checks of the cache while Redis is killed or hangs. */
import { until } from '../support/until.js';
import { ColdAndWarm, type Asked, type Kind } from './cold-and-warm.js';
import { quantile } from './consumer.js';
import { atMost, noted, type Finding } from './findings.js';
import { adminKey, type Fleet, type Scale } from './fleet.js';

/** Time within which every instance must notice that Redis is gone. */
const noticedWithinMs = 1_000;
const pauses = 5;

/** Redis is killed under load: no request fails or waits, and all instances agree again soon after its return. */
export async function redisKilledIn(fleet: Fleet, scale: Scale): Promise<Finding[]> {
  const { cache } = scale;
  const load = await ColdAndWarm.start(fleet, cache);
  await load.goOn(cache.stateMs);
  load.enter('at once');
  await fleet.redis.kill();
  await load.goOn(noticedWithinMs);
  load.enter('away');
  await load.goOn(cache.stateMs);
  load.enter('back');
  await fleet.redis.start();
  const agreedMs = await agreement(fleet);
  await load.goOn(cache.stateMs);
  const asked = await load.end();
  return [...waits(asked, scale), atMost('all agree after its return (ms)', agreedMs, cache.agreedWithinMs)];
}

/** Redis hangs: at first a request loses the time of one command, however many commands it needs, and later none. */
export async function redisPausedIn(fleet: Fleet, scale: Scale): Promise<Finding[]> {
  const { cache } = scale;
  const load = await ColdAndWarm.start(fleet, cache);
  await load.goOn(cache.stateMs);
  const agreedMs: number[] = [];
  for (let pause = 0; pause < pauses; pause += 1) {
    load.enter('at once');
    fleet.redis.pause();
    await load.goOn(noticedWithinMs);
    load.enter('away');
    await load.goOn(cache.stateMs / 2);
    load.enter('back');
    fleet.redis.resume();
    agreedMs.push(await agreement(fleet));
    await load.goOn(cache.stateMs / 2);
  }
  const asked = await load.end();
  return [
    ...waits(asked, scale),
    atMost('all agree after its return (ms)', Math.max(...agreedMs), cache.agreedWithinMs),
  ];
}

/** Cached values must come without a wait. A call may wait for instances that share the rate: docs/call-budget.md. */
const targets: readonly [Kind, phase: string, isPromised: boolean][] = [
  ['warm', 'at once', true],
  ['warm', 'away', true],
  ['warm', 'back', true],
  ['merged', 'at once', true],
  ['merged', 'away', true],
  ['merged', 'back', true],
  ['cold', 'at once', false],
  ['cold', 'away', false],
  ['cold', 'back', false],
];

function waits(asked: readonly Asked[], { cache: { addedMs }, mayRunOut }: Scale): Finding[] {
  const of = (kind: Kind, phase: string) =>
    asked.filter((one) => one.kind === kind && one.phase === phase).map(({ tookMs }) => tookMs);
  const failed = asked.filter(({ status, kind }) => status !== 200 && !(kind === 'cold' && mayRunOut));
  return [
    noted('requests', asked.length),
    atMost('requests that failed', failed.length, 0),
    ...failed.slice(0, 3).map(({ phase, kind, body }) => noted(`${kind}, ${phase}`, body.slice(0, 200))),
    ...targets.map(([kind, phase, isPromised]) => {
      const [before, now] = [of(kind, 'before'), of(kind, phase)];
      const added = quantile(now, 0.99) - quantile(before, 0.99);
      const what = `${kind}, ${phase}: added to p99 (ms) [${told(now)}; before ${told(before)}]`;
      return isPromised ? atMost(what, added, addedMs) : noted(what, added);
    }),
  ];
}

function told(tookMs: readonly number[]): string {
  return [0.5, 0.99, 1].map((share) => quantile(tookMs, share).toFixed(0)).join(' / ');
}

/** @returns the time until every instance reports agreement and all acknowledge a purge. */
async function agreement(fleet: Fleet): Promise<number> {
  const backAt = performance.now();
  const headers = { 'X-API-Key': adminKey, 'content-type': 'application/json' };
  const agrees = async (url: string) => {
    const answer = await fetch(`${url}/v1/admin/cache`, { headers });
    return ((await answer.json()) as { inAgreement: boolean }).inAgreement;
  };
  const purge = async () => {
    const url = `${fleet.members[0]!.url}/v1/admin/cache/purge`;
    const answer = await fetch(url, { method: 'POST', headers, body: '{"tag":"image:unknown"}' });
    await answer.arrayBuffer();
    return answer.status;
  };
  await until(async () => (await Promise.all(fleet.members.map(({ url }) => agrees(url)))).every(Boolean));
  await until(async () => (await purge()) === 200);
  return performance.now() - backAt;
}
