// One instance of a cache as a process of its own, for bench/engine: opens what its parent names and does one task after
// the other. What the cache loads from takes 100 ms, counts, and fails when told.
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { rows } from '../support/rows.mjs';

const loadMs = 100;
/** What a consumer of the service waits at most. */
const deadlineMs = 15_000;
/** An outage that has taken this long does not get worse by looking on. */
const seenEnoughMs = 20_000;

const openers = {
  'hss-bff': async () => (await import('./engines/hss-bff.mjs')).open,
  bentocache: async () => (await import('./engines/bentocache.mjs')).open,
  cacheable: async () => (await import('./engines/cacheable.mjs')).open,
  'cacheable, nonBlocking': async () => (await import('./engines/cacheable.mjs')).openNonBlocking,
  'async-cache-dedupe': async () => (await import('./engines/async-cache-dedupe.mjs')).open,
};

const source = { loads: 0, isFailing: false };
/** How long the last load took by itself. */
let ownMs = 0;
let cache;

async function load(key) {
  source.loads += 1;
  const start = performance.now();
  await sleep(loadMs);
  ownMs = performance.now() - start;
  if (source.isFailing) throw new Error('The load fails');
  return rows(key);
}

const tasks = {
  /** `tier`: what is measured of it, hits in `memory`, from `Redis` alone, or its part in a `fleet`. */
  async open({ name, redisUrl, tier }) {
    const open = await openers[name]();
    cache = await open({ redisUrl, tier, load });
    // Subscriptions and connections are up before anything is asked.
    await sleep(500);
  },

  async fill({ keys }) {
    for (const key of keys) await cache.set(key, rows(key));
    await sleep(500);
  },

  /** `inFlight` readers walk the keys, each its own part, and await each answer. */
  async hits({ keys, inFlight, forMs }) {
    const before = source.loads;
    const parts = Array.from({ length: inFlight }, (_, part) =>
      keys.filter((__, index) => index % inFlight === part),
    );
    const start = performance.now();
    const cpu = process.cpuUsage();
    let count = 0;
    const reader = async (part) => {
      while (performance.now() - start < forMs) {
        const walked = part.length * Math.ceil(100 / part.length);
        for (let index = 0; index < walked; index += 1) await cache.get(part[index % part.length]);
        count += walked;
      }
    };
    await Promise.all(parts.map(reader));
    const seconds = (performance.now() - start) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    if (source.loads > before) throw new Error(`${source.loads - before} loads where all should be hits`);
    if (!isDeepStrictEqual(await cache.get(keys[0]), rows(keys[0])))
      throw new Error('A hit is not what was stored');
    return { perSecond: Math.round(count / seconds), cpuUs: (user + system) / count };
  },

  /** @returns `wrong`: how many callers did not get the value. */
  async stampede({ key, callers }) {
    const before = source.loads;
    const answers = await Promise.all(Array.from({ length: callers }, () => asked(key)));
    return { loads: source.loads - before, wrong: answers.filter(({ value }) => value?.key !== key).length };
  },

  /**
   * All at once; then, for two seconds, each again 50 ms after it was told.
   * @returns the loads of both, and how many callers were not told what the load failed of.
   */
  async failing({ key, callers }) {
    source.isFailing = true;
    const before = source.loads;
    const ask = async () => (await asked(key)).error === 'The load fails';
    const told = await Promise.all(Array.from({ length: callers }, ask));
    const burst = source.loads - before;
    const until = performance.now() + 2_000;
    const counted = sleep(2_000).then(() => source.loads - before - burst);
    const insist = async () => {
      for (;;) {
        await sleep(50);
        if (performance.now() > until) return;
        told.push(await ask());
      }
    };
    await Promise.all(Array.from({ length: callers }, insist));
    const again = await counted;
    source.isFailing = false;
    return { burst, again, wrong: told.filter((isTold) => !isTold).length };
  },

  /** From the moment Redis is killed: keys nobody has, one after the other, and before each of them one that is held. */
  async outage({ redisPid, held, keys }) {
    await asked(held);
    const waits = { held: 0, added: 0, unanswered: 0 };
    process.kill(redisPid, 'SIGKILL');
    const start = performance.now();
    for (const key of keys) {
      const hit = await asked(held);
      ownMs = 0;
      const loaded = await asked(key);
      waits.held = Math.max(waits.held, hit.ms);
      waits.added = Math.max(waits.added, loaded.ms - ownMs);
      waits.unanswered += [hit, loaded].filter(({ value }) => value === undefined).length;
      if (performance.now() - start > seenEnoughMs) break;
    }
    return waits;
  },
};

/** @returns the answer or the error's text, and how long it took. */
async function asked(key) {
  const start = performance.now();
  const late = sleep(deadlineMs, { error: 'no answer' }, { ref: false });
  const answer = cache.get(key).then(
    (value) => ({ value }),
    // bentocache wraps what a load threw.
    (error) => ({ error: error.cause?.message ?? error.message }),
  );
  return { ...(await Promise.race([answer, late])), ms: performance.now() - start };
}

process.on('message', async ({ task, ...given }) => {
  try {
    process.send({ done: (await tasks[task](given)) ?? null });
  } catch (error) {
    process.send({ failed: error.message });
  }
});
process.once('disconnect', () => process.exit(0));
// A peer's own background work must not end the measurement when Redis is gone.
process.on('unhandledRejection', () => {});
