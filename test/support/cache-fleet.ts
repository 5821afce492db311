/**
 * Set-ups for the end-to-end tests of the cache in a fleet, which cost real time: three instances on one Redis, or two
 * instances of which one can be cut off. Each `use…` function registers its own hooks, so call it inside `describe`.
 */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Account } from '../../src/budget/account.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { proxyAgent } from './proxy-agent.js';
import { startRedis, type RedisProcess } from './redis-server.js';
import { untilAccountsAreTrusted, untilInAgreement } from './redis-story.js';
import { startService, type TestAnswer, type TestService } from './service.js';
import { linkTo, type SeverableLink } from './severable-link.js';
import { TestClock } from './test-clock.js';
import { until } from './until.js';

export const secondMs = 1_000;
export const dayMs = 24 * 3_600 * secondMs;
const freshLifeMs = 60 * secondMs;
export const afterFreshLifeMs = freshLifeMs + secondMs;

let lists = 0;
/** A list that no test has asked for yet. */
export const coldList = () => `/v1/registry-images?name=cold-${(lists += 1)}`;
export const coldLocalList = () => `/v1/local-images?name=cold-${(lists += 1)}`;

export const ageOf = ({ headers }: TestAnswer) => Number(headers.get('age'));
/** The bodies of answers that are not 200, so that a failed test shows the reasons. */
export const refusals = (answers: TestAnswer[]) =>
  answers.filter(({ status }) => status !== 200).map(({ text }) => text);
export const wasFetchedBefore = ({ body }: TestAnswer, at: number) =>
  Date.parse(body.fetchedAt as string) < at;

/**
 * Whether the answer was fetched after the clock was moved past the fresh life. An answer from before that jump is at
 * least 61 s old; an answer from after the jump never gets that old, however slow the machine is.
 */
export const isRefreshed = (answer: TestAnswer) => ageOf(answer) < afterFreshLifeMs / secondMs;

/** The hold-offs of a key after one failure, two failures, and so on; the last hold-off repeats. */
const holdOffsMs = [1, 2, 4, 8, 16, 30].map((seconds) => seconds * secondMs);

export const holdOffMs = (failures: number) => holdOffsMs[Math.min(failures, holdOffsMs.length) - 1]!;

/** The largest number of failing calls for one key within `passedMs`: a busy machine makes that time longer. */
export function mostFailingCalls(passedMs: number): number {
  let calls = 1;
  for (let at = holdOffMs(1); at <= passedMs; at += holdOffMs(calls)) calls += 1;
  return calls;
}

/** Purges until all instances acknowledge in time: on a busy machine an acknowledgement may miss its second. */
export async function purgeAcknowledged(
  service: TestService,
  target?: Record<string, unknown>,
): Promise<TestAnswer> {
  for (;;) {
    const answer = await service.purge(target);
    if (answer.status !== 202) return answer;
  }
}

export interface ThreeInstances {
  readonly clock: TestClock;
  readonly emulator: Emulator;
  readonly redis: RedisProcess;
  readonly services: TestService[];
  /** How many calls HSS has received in this test. */
  calls: () => number;
  /** Moves the clock on, and waits until the instances agree again: a jump ends every command to Redis under way. */
  pass: (ms: number) => Promise<void>;
  /** Sends `each` requests to every instance, all at once. */
  everywhere: (path: string, each: number) => Promise<TestAnswer[]>;
}

/** Three instances on one Redis. Before each test the cache is empty and no fault, pause or hold-off is left. */
export function useThreeInstances(): ThreeInstances {
  const clock = new TestClock();
  let emulator: Emulator;
  let redis: RedisProcess;
  let services: TestService[];

  async function pass(ms: number): Promise<void> {
    clock.advance(ms);
    await untilInAgreement(...services);
  }

  function everywhere(path: string, each: number): Promise<TestAnswer[]> {
    return Promise.all(services.flatMap((service) => Array.from({ length: each }, () => service.get(path))));
  }

  beforeAll(async () => {
    [emulator, redis] = await Promise.all([startEmulator({ rate: 'off', clock }), startRedis()]);
    services = await Promise.all(
      [1, 2, 3].map(() => startService({ emulator, clock, redisUrl: redis.url, env: { HSS_USER: 'fleet' } })),
    );
    // The first crowd meets code that has never run and connections that are not open yet. This costs seconds, in
    // which an instance can be taken for lost.
    await everywhere(coldList(), 50);
  });

  afterAll(async () => {
    await Promise.all(services.map((service) => service.close()));
    await Promise.all([redis.stop(), emulator.close()]);
  });

  beforeEach(async () => {
    emulator.faults.clear();
    // Pauses, breakers and hold-offs of the test before are over after ten minutes.
    await pass(600 * secondMs);
    // The call budget takes such a jump for an outage, and waits until every instance has reported its calls. Each
    // instance makes a call of its own: the breaker counts the failures of an instance until that instance succeeds.
    const oneEach = () => Promise.all(services.map((service) => service.get(coldList())));
    await until(async () => (await oneEach()).every(({ status }) => status === 200));
    await purgeAcknowledged(services[0]!);
    await emulator.journal.settled();
    emulator.journal.clear();
  });

  return {
    clock,
    get emulator() {
      return emulator;
    },
    get redis() {
      return redis;
    },
    get services() {
      return services;
    },
    calls: () => emulator.journal.calls().length,
    pass,
    everywhere,
  };
}

export interface Pair {
  clock: TestClock;
  emulator: Emulator;
  one: TestService;
  other: TestService;
  /** The way of `other` to Redis, if the pair was started with `isLinked`. */
  link: SeverableLink;
}

export interface PairOptions {
  /** The second instance reaches Redis through a link that can be cut. */
  isLinked?: boolean;
  /** Another Redis than the shared one. */
  redis?: RedisProcess;
  redisLimitMs?: number;
}

export interface Pairs {
  /** The Redis that the pairs use by default, empty before each test. */
  readonly shared: RedisProcess;
  /** Registers what must be closed when the present test ends; the last one is closed first. */
  closeAfterwards(close: () => Promise<unknown>): void;
  /** A Redis of one test, which may kill it. */
  ownRedis(): Promise<RedisProcess>;
  /** Two instances that agree, with an emulator and a clock of their own. */
  startPair: (options?: PairOptions) => Promise<Pair>;
  /**
   * Marks every instance as heard of now. An instance that was silent for three seconds counts as dead, and a busy
   * machine may be that slow.
   */
  markAllAlive(): Promise<void>;
}

/** Pairs of instances, a new pair for each test, on a Redis that all tests of the `describe` share. */
export function usePairs(): Pairs {
  const closing: (() => Promise<unknown>)[] = [];
  let shared: RedisProcess;

  beforeAll(async () => {
    shared = await startRedis();
    await untilAccountsAreTrusted(shared);
  });

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await shared.cli('FLUSHALL');
  });

  afterAll(() => shared.stop());

  async function startPair({ isLinked = false, redis = shared, ...limit }: PairOptions = {}): Promise<Pair> {
    const clock = new TestClock();
    const emulator = await startEmulator({ rate: 'off', clock });
    closing.push(() => emulator.close());
    let link: SeverableLink | undefined;
    if (isLinked) {
      link = await linkTo(redis.port);
      closing.push(() => link!.close());
    }
    const services: TestService[] = [];
    for (const port of [redis.port, link?.port ?? redis.port]) {
      const redisUrl = `redis://127.0.0.1:${port}`;
      const service = await startService({ emulator, clock, redisUrl, ...limit });
      closing.push(() => service.close());
      services.push(service);
    }
    const [one, other] = services as [TestService, TestService];
    await untilInAgreement(one, other);
    await untilShared(redis, services.length);
    return { clock, emulator, link: link!, one, other };
  }

  return {
    get shared() {
      return shared;
    },
    closeAfterwards: (close) => void closing.push(close),
    ownRedis: async () => {
      const redis = await startRedis();
      closing.push(() => redis.stop());
      return redis;
    },
    startPair,
    markAllAlive: async () => {
      const [instances = ''] = (await shared.cli('KEYS', '*:{fleet}:instances')) as string[];
      const [seconds] = (await shared.cli('TIME')) as [string];
      for (const name of (await shared.cli('ZRANGE', instances, '0', '-1')) as string[])
        await shared.cli('ZADD', instances, 'XX', 'GT', `${seconds}000`, name);
    },
  };
}

/** An instance that has just joined has its share of the rate when the others have noticed it, a beat later. */
async function untilShared(redis: RedisProcess, instances: number): Promise<void> {
  await until(async () => {
    const keys = (await redis.cli('KEYS', '*{budget}:account:*')) as string[];
    const texts = await Promise.all(keys.map((key) => redis.cli('HGET', key, 'account')));
    const sharers = texts.map((text) => {
      const { owners = {} } = JSON.parse(text as string) as Account;
      return Object.values(owners).filter(({ share, spare }) => share > 0 && spare > 0).length;
    });
    return sharers.length > 0 && Math.min(...sharers) >= instances;
  });
}

/** The image part of the merged answer. */
export async function imagePartOf(service: TestService): Promise<{ status: string; fetchedAt: string }> {
  const { status, body } = await service.get(`${proxyAgent}&include=image`);
  if (status !== 200) throw new Error(`status ${status}: ${JSON.stringify(body)}`);
  return body.parts.image as { status: string; fetchedAt: string };
}
