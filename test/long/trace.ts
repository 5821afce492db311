/** The long check of the number of calls: a trace of requests, compared with a lower bound and with bentocache. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyHashOf } from '../../src/cache/key-hash.js';
import { Consumer, type Received } from './consumer.js';
import { DrawnLives } from './drawn-lives.js';
import { atMost, noted, type Finding } from './findings.js';
import { cacheKey, consumers, type Fleet, type Scale } from './fleet.js';
import { fewestLoads, overlaps, type Life } from './lower-bound.js';
import { zipfTrace, type TraceRequest } from './zipf.js';

const nameOf = (key: number) => `zipf-${key}`;

/** A trace over many lives costs hardly more than one call per key and drawn life. */
export async function traceIn(fleet: Fleet, { cache, members }: Scale): Promise<Finding[]> {
  const { freshMs, mostOfBound, mostOpen, mostRefused, hasPeer } = cache;
  const requests = zipfTrace(cache, members);
  const lives = await DrawnLives.watch(fleet.redis);
  const answers = await replay(fleet, requests, mostOpen);
  await fleet.emulator.journal.settled();
  await lives.stop();
  const askedAt = timesByKey(requests, (index) => answers[index]!.askedAt);
  const calls = callsFor(fleet, '');
  const drawn = (key: number) => lives.of(keyHashOf(cacheKey(fleet.emulator, `image_name=${nameOf(key)}`)));
  const bound = boundOf(askedAt, drawn, freshMs);
  const overlapping = [...askedAt.keys()].reduce((sum, key) => sum + overlaps(drawn(key)), 0);
  const isHit = ({ cacheStatus }: Received) => cacheStatus.startsWith('hss-bff; hit');
  const isFresh = (answer: Received) => isHit(answer) && !answer.cacheStatus.includes('ttl=-');
  const share = (isOf: (answer: Received) => boolean) => percent(answers.filter(isOf).length, answers.length);
  const atBest = (misses: number) => percent(answers.length - misses, answers.length);
  const lifetimes = (requests.at(-1)!.atMs / freshMs).toFixed(1);
  return [
    noted('requests, keys, lifetimes', `${requests.length}, ${askedAt.size}, ${lifetimes}`),
    noted('calls of HSS', calls),
    noted('lower bound: one call per key and drawn life', bound),
    atMost('calls as a multiple of it', calls / bound, mostOfBound),
    noted('calls while a life of their key still ran', overlapping),
    atMost(
      'answers that were no 200 (%)',
      (100 * answers.filter(({ status }) => status !== 200).length) / answers.length,
      100 * mostRefused,
    ),
    noted('answered from the cache / at best (%)', `${share(isHit)} / ${atBest(askedAt.size)}`),
    noted('of all, fresh from the cache / at best (%)', `${share(isFresh)} / ${atBest(bound)}`),
    ...(hasPeer ? await bentocache(fleet, requests, freshMs) : []),
  ];
}

function percent(part: number, whole: number): string {
  return ((100 * part) / whole).toFixed(2);
}

/** The times of the requests for each key, as wall times in ms, in order. */
function timesByKey(
  requests: readonly TraceRequest[],
  timeOf: (index: number) => number,
): Map<number, number[]> {
  const times = new Map<number, number[]>();
  for (const [index, { key }] of requests.entries()) {
    const own = times.get(key) ?? [];
    own.push(timeOf(index));
    times.set(key, own);
  }
  return times;
}

function callsFor({ emulator: { journal } }: Fleet, prefix: string): number {
  return journal.calls().filter(({ query }) => query['image_name']?.startsWith(`${prefix}zipf-`)).length;
}

/** Sends the requests at the pace of the trace, or later when `mostOpen` are under way. */
async function replay(
  fleet: Fleet,
  requests: readonly TraceRequest[],
  mostOpen: number,
): Promise<Received[]> {
  const consumer = new Consumer(consumers[0]!.key);
  const startedAt = performance.now();
  const answers: Promise<Received>[] = [];
  const open = new Set<Promise<Received>>();
  for (const { atMs, key, member } of requests) {
    const waitMs = startedAt + atMs - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    while (open.size >= mostOpen) await Promise.race(open);
    const answer = consumer.get(`${fleet.members[member]!.url}/v1/registry-images?name=${nameOf(key)}`);
    answers.push(answer);
    open.add(answer);
    void answer.then(() => open.delete(answer));
  }
  return Promise.all(answers).finally(() => consumer.close());
}

function boundOf(
  askedAt: Map<number, number[]>,
  drawn: (key: number) => readonly Life[],
  freshMs: number,
): number {
  let bound = 0;
  for (const [key, times] of askedAt) bound += fewestLoads(times, drawn(key), freshMs);
  return bound;
}

/** Sends the same requests to processes with bentocache, with both tiers and its bus. bentocache draws no lives. */
async function bentocache(
  fleet: Fleet,
  requests: readonly TraceRequest[],
  freshMs: number,
): Promise<Finding[]> {
  const { emulator, redis, members } = fleet;
  const given = {
    url: emulator.url,
    token: emulator.issueToken(),
    region: emulator.region,
    projectId: emulator.projectId,
    redisUrl: redis.url,
    freshMs,
    startsAt: Date.now() + 3_000,
  };
  const reports = await Promise.all(
    members.map((_, index) => {
      const own = requests.filter(({ member }) => member === index);
      return work({ ...given, requests: own.map(({ atMs, key }) => [atMs, `peer-${nameOf(key)}`]) });
    }),
  );
  await emulator.journal.settled();
  const calls = callsFor(fleet, 'peer-');
  const times = timesByKey(requests, (index) => requests[index]!.atMs);
  const bound = boundOf(times, () => [], freshMs);
  return [
    noted('bentocache: calls of HSS', calls),
    noted('bentocache: lower bound with whole lives', bound),
    noted('bentocache: calls as a multiple of it', calls / bound),
    noted(
      'bentocache: requests that failed',
      reports.reduce((sum, { failed }) => sum + failed, 0),
    ),
  ];
}

function work(options: object): Promise<{ failed: number }> {
  const worker = fileURLToPath(new URL('../../bench/peers/cache-worker.mjs', import.meta.url));
  const child = fork(worker, [], { execArgv: [], env: { PATH: process.env['PATH'] ?? '' } });
  child.send(options);
  return new Promise((resolve, reject) => {
    child.once('message', (report) => resolve(report as { failed: number }));
    child.once('exit', (code) => reject(new Error(`The worker ended with ${code}`)));
  });
}
