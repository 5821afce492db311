import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { BudgetSnapshot } from '../../src/budget/snapshot.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { adminKey, startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { atLeast, atMost, noted, type Finding } from './findings.js';
import type { Scale } from './fleet.js';
import { heapInUse, openHandles, watchWarnings } from './heap.js';

const dayMs = 24 * 3_600_000;
const memoryBytes = 4 * 1024 * 1024;
const prefix = 'hss-bff';
/** Handles of both ends of connections that wait for the next request: their number varies. */
const mostIdleConnections = 16;

/** Resources that the instances hold, as a sum over all instances. */
interface Held {
  heap: number;
  handles: number;
  timers: number;
}

interface CacheState {
  memory: { bytes: number };
  hot: { bytes: number };
  loading: number;
  inAgreement: boolean;
}

/**
 * A day of two instances in jumps of the injected clock: new filters, content, large lists, hours in which HSS fails,
 * purges, and a Redis that loses all data. At the end the instances hold no more memory, timers or handles than before.
 */
export async function day({ cache: { looks, heapGrowthBytes } }: Scale): Promise<Finding[]> {
  const warnings = watchWarnings();
  const clock = new TestClock();
  const [emulator, redis] = await Promise.all([startEmulator({ rate: 'off', clock }), startRedis()]);
  // The budget takes each jump for an outage and then holds calls back for a window: the window must be short.
  const rate = '200/100ms';
  const env = { CACHE_MEMORY: String(memoryBytes), TTL_CONTENT: '2h', HSS_RATE: rate, HSS_RATE_TOTAL: rate };
  const services = await Promise.all(
    [1, 2].map(() => startService({ emulator, clock, redisUrl: redis.url, env, logLevel: 'warn' })),
  );
  const house = { clock, emulator, redis, services };
  try {
    const failed = { inGoodHours: [] as TestAnswer[], inBadHours: [] as TestAnswer[] };
    let asked = 0;
    const held: Held[] = [];
    let mostBytes = 0;
    for (let look = 1; look <= looks; look += 1) {
      const failsAt = (at: number) => at / looks > 0.3 && at / looks <= 0.4;
      // The breaker goes by Redis's time, which does not jump: the breaker may still be open at the next look.
      const isBad = failsAt(look) || failsAt(look - 1);
      if (failsAt(look)) emulator.faults.schedule({ kind: 'garbage' });
      else emulator.faults.clear();
      if ([0.25, 0.6].some((share) => Math.round(share * looks) === look)) await redis.restart();
      await pass(house, dayMs / looks);
      const answers = await asksOf(house, look);
      asked += answers.length;
      failed[isBad ? 'inBadHours' : 'inGoodHours'].push(...answers.filter(({ status }) => status !== 200));
      if (look % 5 === 0)
        await services[look % 2]!.purge(look % 10 === 0 ? { all: true } : { tag: 'list:local-images' });
      mostBytes = Math.max(
        mostBytes,
        ...(await statesOf(house)).map(({ memory, hot }) => memory.bytes + hot.bytes),
      );
      if ([Math.ceil(looks / 12), looks / 2, looks].includes(look)) held.push(await holds(house));
    }
    const [first, middle, last] = held as [Held, Held, Held];
    const budgets = (await Promise.all(services.map(budgetOf))).flat();
    const queued = budgets
      .flatMap(({ queue }) => Object.values(queue))
      .reduce((sum, count) => sum + count, 0);
    const loading = (await statesOf(house)).reduce((sum, state) => sum + state.loading, 0);
    const keys = await keysOf(redis);
    const immortal = [];
    // PTTL is -1 for a key without a time to live, and -2 for a key that has expired since.
    for (const key of keys) if (Number(await redis.cli('PTTL', key)) === -1) immortal.push(key);
    const said = warnings.stop();
    return [
      noted('requests', asked),
      atMost('that failed while HSS was well', failed.inGoodHours.length, 0),
      ...failed.inGoodHours.slice(0, 3).map(({ text }) => noted('', text.slice(0, 300))),
      noted('that failed in the hours in which it was not', failed.inBadHours.length),
      atMost('most memory of an instance (bytes)', mostBytes, memoryBytes),
      atLeast('of it used, so that the bound was needed (%)', (100 * mostBytes) / memoryBytes, 80),
      atMost('growth of the heap in the second half (bytes)', last.heap - middle.heap, heapGrowthBytes),
      noted('keys in Redis', keys.length),
      atMost('of these without a time to live', immortal.length, 0),
      ...immortal.slice(0, 3).map((key) => noted('', key)),
      atMost('loads under way at the end', loading, 0),
      atMost('loads that wait for a call', queued, 0),
      noted('timers after two hours', first.timers),
      atMost('timers more at the end', last.timers - first.timers, 0),
      noted('open handles after two hours', first.handles),
      atMost('open handles more at the end', last.handles - first.handles, mostIdleConnections),
      atMost('warnings of Node', said.length, 0),
      ...said.slice(0, 3).map((text) => noted('', text)),
    ];
  } finally {
    await Promise.all(services.map((service) => service.close()));
    await Promise.all([redis.stop(), emulator.close()]);
  }
}

interface House {
  clock: TestClock;
  emulator: Emulator;
  redis: RedisProcess;
  services: TestService[];
}

/** Moves the clock on, and waits until the instances agree again: a jump ends every command to Redis under way. */
async function pass(house: House, ms: number): Promise<void> {
  house.clock.advance(ms);
  await until(async () => (await statesOf(house)).every(({ inAgreement }) => inAgreement));
}

/** Requests for paths that every look asks for, and for paths that are new at this look. */
async function asksOf({ emulator, services }: House, look: number): Promise<TestAnswer[]> {
  const paths = [
    proxyAgent,
    '/v1/registry-images?limit=200',
    '/v1/local-images?limit=50&offset=200',
    ...Array.from({ length: 4 }, (_, index) => `/v1/registry-images?name=day-${look}-${index}`),
    // Large lists, each of them different: these fill the memory.
    ...Array.from(
      { length: 2 },
      (_, index) => `/v1/registry-images?limit=200&updatedBefore=${1e13 - look * 10 - index}`,
    ),
    `${proxyAgent.replace('?', '/files?')}&fileName=day-${look}`,
    `/v1/local-images?name=day-${look}`,
  ];
  // Each path twice: the second answer comes from memory and becomes a hot answer. A few at a time, to keep the number
  // of connections small.
  const all = [...paths, ...paths];
  const answers: TestAnswer[] = [];
  while (all.length > 0) {
    const wave = all.splice(0, 4).flatMap((path) => services.map((service) => service.get(path)));
    answers.push(...(await Promise.all(wave)));
  }
  await emulator.journal.settled();
  emulator.journal.clear();
  return answers;
}

const admin = { headers: { 'X-API-Key': adminKey } };

function statesOf({ services }: House): Promise<CacheState[]> {
  return Promise.all(
    services.map(async (service) => (await service.request('/v1/admin/cache', admin)).body as CacheState),
  );
}

async function budgetOf(service: TestService): Promise<BudgetSnapshot[]> {
  return ((await service.request('/v1/admin/budget', admin)).body as { apis: BudgetSnapshot[] }).apis;
}

/**
 * Measures after a purge, when all refreshes have ended. Each command to Redis has a timer for a moment, so the
 * smallest number of timers counts.
 */
async function holds(house: House): Promise<Held> {
  await house.services[0]!.purge();
  await until(async () => (await statesOf(house)).every(({ loading }) => loading === 0));
  let timers = Infinity;
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    timers = Math.min(timers, house.clock.pendingTimers);
  }
  return { heap: await heapInUse(), handles: openHandles(), timers };
}

async function keysOf(redis: RedisProcess): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = (await redis.cli('SCAN', cursor, 'MATCH', `${prefix}:*`, 'COUNT', '500')) as [
      string,
      string[],
    ];
    cursor = next;
    keys.push(...found);
  } while (cursor !== '0');
  return keys;
}
