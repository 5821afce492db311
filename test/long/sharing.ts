/** Long checks of how consumers and background work share the budget. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Unwanted } from '../../src/budget/budget-errors.js';
import { readList } from '../../src/hss/envelope.js';
import { systemClock } from '../../src/time/clock.js';
import { TestLoad } from '../support/fleet-simulation.js';
import { ask, coldPath, imageId, type Seen } from './demand.js';
import { atLeast, atMost, noted, withinRate, type Finding } from './findings.js';
import { consumers, type Api, type Scale } from './fleet.js';
import { startHouse, type House } from './house.js';

const busy: Api = 'ListImageFiles';
const quiet: Api = 'ListImageBasicImage';

/** Background work at full load beside a consumer's rare requests, which it should hardly delay. */
export async function background(scale: Scale): Promise<Finding[]> {
  // A short window gives many samples.
  const limit = { limit: 5, windowMs: 1_000 };
  const intervalMs = limit.windowMs / limit.limit;
  const deadlineMs = scale.deadlineMs + scale.slackMs;
  const house = await startHouse({ ...scale, limit, deadlineMs }, [systemClock, systemClock]);
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  try {
    const working = house.services.flatMap((_, member) =>
      Array.from({ length: 10 }, (_, index) => work(house, member, index, over.signal)),
    );
    const waits = new Map<Api, number[]>([busy, quiet].map((api) => [api, []]));
    const endsAt = performance.now() + scale.forMs;
    let refused = 0;
    while (performance.now() < endsAt) {
      // A tenth of the possible calls, at any phase of the background's pace.
      await sleep(intervalMs * (9.5 + Math.random()));
      const seen = await Promise.all(
        [busy, quiet].map((api) => ask(house.urlOf(), coldPath(api), api, consumers[0]!)),
      );
      for (const { api, tookMs, status } of seen) {
        if (status === 200) waits.get(api)!.push(tookMs);
        else refused += 1;
      }
    }
    over.abort();
    const done = (await Promise.all(working)).reduce((sum, one) => sum + one, 0);
    const [beside, without] = [busy, quiet].map((api) => Math.max(...waits.get(api)!));
    return [
      ...withinRate(house.emulator.journal, limit),
      noted('consumers asked', waits.get(busy)!.length + refused),
      atMost('of these not answered', refused, 0),
      noted('longest wait without background (ms)', without!),
      atMost('longest wait beside it, above that (ms)', beside! - without!, 2 * intervalMs + scale.slackMs),
      atLeast('background calls made', done, 1),
      noted('of these possible', Math.floor(scale.forMs / intervalMs)),
    ];
  } finally {
    over.abort();
    await house.end();
  }
}

/** One background worker, which always has a call to make. @returns the number of its calls. */
async function work({ services }: House, member: number, worker: number, over: AbortSignal): Promise<number> {
  let made = 0;
  while (!over.aborted) {
    const load = new TestLoad(`background-${member}-${worker}-${made}`);
    load.ask(systemClock, 'catalog', 3_600_000, 'background');
    const giveUp = () => load.hangUp();
    over.addEventListener('abort', giveUp, { once: true });
    try {
      const query = { ...picture, file_name: load.key, limit: '200', offset: '0' };
      await services[member]!.client.fetch({ api: busy, path: [imageId, 'files'], query }, readList, load);
      made += 1;
    } catch (error) {
      if (!(error instanceof Unwanted)) throw error;
    }
    over.removeEventListener('abort', giveUp);
  }
  return made;
}

const picture = {
  image_type: 'private_image',
  namespace: 'scc_hss_container',
  image_name: 'proxy-agent',
  tag_name: '24.5.0-x86_64',
};

/** One consumer sends a crowd of requests at once; another consumer sends one request at a time. */
export async function greedy(scale: Scale): Promise<Finding[]> {
  // The crowd itself keeps the machine busy, so deadlines are longer.
  const deadlineMs = 2 * (scale.deadlineMs + scale.slackMs);
  const house = await startHouse({ ...scale, deadlineMs }, [systemClock, systemClock]);
  const { limit, windowMs } = scale.limit;
  try {
    const [big, small] = consumers;
    const over = new AbortController();
    setMaxListeners(0, over.signal);
    const crowd = Array.from({ length: scale.crowd }, () => insist(house, big!, over.signal));
    const endsAt = performance.now() + scale.forMs;
    const singles: { one: Seen; inFront: number }[] = [];
    await sleep(windowMs / 4);
    while (performance.now() < endsAt) {
      const before = house.emulator.journal.calls(busy).length;
      const path = coldPath(busy);
      const one = await ask(house.urlOf(), path, busy, small!);
      const since = house.emulator.journal.calls(busy).slice(before);
      singles.push({ one, inFront: since.findIndex(({ query }) => path.endsWith(`=${query['file_name']}`)) });
      await sleep((windowMs / limit) * (1 + Math.random()));
    }
    over.abort();
    await Promise.all(crowd);
    return [
      ...withinRate(house.emulator.journal, scale.limit),
      noted('single requests beside the crowd', singles.length),
      atMost('of these not answered', singles.filter(({ one }) => one.status !== 200).length, 0),
      // The share of the single request is every second call. Several calls become free at a time, so the time alone
      // says little.
      atMost('calls in front of one', Math.max(...singles.map(({ inFront }) => inFront)), scale.mostInFront),
      atMost(
        'longest wait (ms)',
        Math.max(...singles.map(({ one }) => one.tookMs)),
        (scale.mostInFront * windowMs) / limit + windowMs + scale.slackMs,
      ),
    ];
  } finally {
    await house.end();
  }
}

/** Requests one cold image, and repeats the request after each Retry-After until it gets the image. */
async function insist(house: House, consumer: (typeof consumers)[number], over: AbortSignal): Promise<void> {
  const path = coldPath(busy);
  while (!over.aborted) {
    const one = await ask(house.urlOf(), path, busy, consumer);
    if (one.status === 200) return;
    await sleep(one.retryAfterMs ?? 1_000, undefined, { signal: over }).catch(() => undefined);
  }
}
