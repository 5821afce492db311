// Our cache with the same parts as in the service (src/app.module.ts): a Redis link, the messages of the fleet, and the
// fleet's call budget. Only HSS is missing: a load gets a grant of the budget as src/hss/hss-client.ts does, and then
// calls the source of the benchmark.
import { pino } from 'pino';
import { createCache } from '../../../dist/cache/create-cache.js';
import { UpstreamError } from '../../../dist/hss/errors.js';
import { failureCodec } from '../../../dist/hss/failure-codec.js';
import { createRedis } from '../../../dist/redis/connect.js';
import { RedisLink } from '../../../dist/redis/redis-link.js';
import { CallBudget, newInstanceId } from '../../../dist/budget/call-budget.js';
import { FleetLedger } from '../../../dist/budget/fleet-ledger.js';
import { Unwanted } from '../../../dist/budget/budget-errors.js';
import { systemClock as clock } from '../../../dist/time/clock.js';
import { CallerGone, Deadline } from '../../../dist/time/deadline.js';

const log = pino({ level: 'silent' });
const memory = 224 * 1024 * 1024;
/** No entry fits into the memory, so each entry comes from Redis. */
const noMemory = 1;
/** A short window for which no benchmark waits, with more calls than a benchmark makes. */
const rate = { limit: 100, windowMs: 1_000 };
const [lifetime, tags] = [{ freshMs: 3_600_000, staleMs: 3_600_000 }, ['list:bench']];
const longestCallMs = 10_000;
const deadlineMs = 15_000;

export async function open({ redisUrl, tier, load }) {
  const { hostname: host, port } = new URL(redisUrl);
  const redis = new RedisLink(
    createRedis({ kind: 'single', host, port: Number(port), db: 0 }),
    'bench',
    clock,
    log,
  );
  await redis.connect(1_000);
  const instance = newInstanceId();
  const maxBytes = tier === 'Redis' ? noMemory : memory;
  const cache = await createCache({
    redis,
    clock,
    random: Math.random,
    form: failureCodec,
    maxBytes,
    instance,
  });
  const ledger = new FleetLedger(redis, clock, log, {
    instance,
    user: 'bench',
    limit: rate,
    total: rate,
    fleetSize: 1,
    longestCallMs,
  });
  const budget = new CallBudget(ledger, clock, log, { instance, longestCallMs, longestPreparationMs: 1_000 });
  // The first call tells the fleet its members, as in a service that has run for a while.
  await budget.snapshot(['Bench']);

  async function call(key, flight) {
    for (;;) {
      const grant = await budget.acquire('Bench', flight);
      let outcome = { kind: 'unused' };
      try {
        if (!(await flight.claim())) throw new Unwanted();
        if (!(await grant.mayStill())) continue;
        const fetchedAt = clock.now();
        outcome = { kind: 'failed', wantsRetry: false };
        const value = await load(key);
        outcome = { kind: 'answered' };
        return { value, fetchedAt };
      } catch (error) {
        throw error instanceof Unwanted ? error : new UpstreamError('upstream-unavailable', error.message);
      } finally {
        void grant.finish(outcome);
      }
    }
  }

  return {
    /** Reads like the endpoints: each request makes a new source and a new context. */
    async get(key) {
      const deadline = new Deadline(clock, deadlineMs);
      const asking = { demand: {}, deadline, consumer: 'bench', priority: 'waiting' };
      const source = {
        key,
        load: (flight) => call(key, flight),
        lifetime: () => lifetime,
        tags: () => tags,
        isOutdated: () => false,
      };
      const reading = await cache.reader.read(source, asking);
      deadline.end(ended);
      return reading.entry.value;
    },
    set: (key, value) => cache.reader.put(key, value, clock.now(), lifetime, tags),
  };
}

const ended = new CallerGone();
