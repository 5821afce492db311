// One instance of a cache as a process of its own, for bench/engine: opens the cache that its parent names, and does one
// task after the other. The source of the loads takes 100 ms, counts its loads, and fails when a task says so.
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { rows } from '../support/rows.mjs';

const loadMs = 100;
/** The longest wait of a consumer of the service. */
const deadlineMs = 15_000;
/** After this time the waits of an outage no longer grow, so the measurement ends. */
const seenEnoughMs = 20_000;

const openers = {
  'hss-bff': async () => (await import('./engines/hss-bff.mjs')).open,
  bentocache: async () => (await import('./engines/bentocache.mjs')).open,
  cacheable: async () => (await import('./engines/cacheable.mjs')).open,
  'cacheable, nonBlocking': async () => (await import('./engines/cacheable.mjs')).openNonBlocking,
  'async-cache-dedupe': async () => (await import('./engines/async-cache-dedupe.mjs')).open,
};

const source = { loads: 0, isFailing: false };
/** The time of the last load alone. */
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
  /** `tier` is the measured part: hits in `memory`, hits from `Redis` alone, or an instance of a `fleet`. */
  async open({ name, redisUrl, tier }) {
    const open = await openers[name]();
    cache = await open({ redisUrl, tier, load });
    // Subscriptions and connections must be up before the first request.
    await sleep(500);
  },

  async fill({ keys }) {
    for (const key of keys) await cache.set(key, rows(key));
    await sleep(500);
  },

  /** `inFlight` readers read the keys, each reader its own part, and await each answer. */
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
        const read = part.length * Math.ceil(100 / part.length);
        for (let index = 0; index < read; index += 1) await cache.get(part[index % part.length]);
        count += read;
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

  /** @returns `wrong` is the number of callers that did not get the value. */
  async stampede({ key, callers }) {
    const before = source.loads;
    const answers = await Promise.all(Array.from({ length: callers }, () => asked(key)));
    return { loads: source.loads - before, wrong: answers.filter(({ value }) => value?.key !== key).length };
  },

  /**
   * All callers ask at once; then, for two seconds, each caller asks again 50 ms after each answer.
   * @returns the loads of both parts, and how many callers did not get the error of the load.
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

  /** Kills Redis, and then asks for new keys one after the other, and for a cached key before each new key. */
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

/** @returns the answer or the text of the error, and the time in ms. */
async function asked(key) {
  const start = performance.now();
  const late = sleep(deadlineMs, { error: 'no answer' }, { ref: false });
  const answer = cache.get(key).then(
    (value) => ({ value }),
    // bentocache wraps the error of a load.
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
// Background work of a library must not end the measurement when Redis is gone.
process.on('unhandledRejection', () => {});
