import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../src/emulator/traffic/faults.js';
import type { BudgetSnapshot } from '../../src/resilience/budget/snapshot.js';
import { systemClock } from '../../src/resilience/clock.js';
import { startService } from '../support/service.js';
import { ask, coldPath, demand } from './demand.js';
import { atLeast, atMost, honestAnswers, noted, withinRate, type Finding } from './findings.js';
import { adminKey, consumers, Fleet, settings, type Api, type Scale } from './fleet.js';

const struck: Api = 'ListRegistryImages';
const other: Api = 'ListImageLocal';
/** What was on its way when the first 429 came. */
const onTheWireMs = 150;

/** HSS says 429 once: the whole fleet leaves that API alone for as long as it says, and no longer. */
export async function pushback(scale: Scale): Promise<Finding[]> {
  const { limit, windowMs } = scale.limit;
  const pauses: {
    says: string;
    fault: Omit<Fault, 'kind'> & { retryAfter?: string; text?: boolean };
    pauseMs: number;
  }[] = [
    { says: 'Retry-After', fault: { retryAfter: '4', text: false }, pauseMs: 4_000 },
    { says: 'the window in its text', fault: {}, pauseMs: windowMs },
    // A minute by default: the long form has one.
    ...(windowMs >= 10_000 ? [{ says: 'neither', fault: { text: false }, pauseMs: 60_000 }] : []),
  ];
  const findings: Finding[] = [];
  const fleet = await Fleet.start(scale, 3);
  try {
    const { journal, faults } = fleet.emulator;
    for (const { says, fault, pauseMs } of pauses) {
      // All windows are empty again.
      await sleep(windowMs + 200);
      const asking = demand({
        urlOf: anyOf(fleet),
        forMs: pauseMs + 2 * windowMs,
        apis: [struck, other],
        among: consumers.slice(0, 10),
      });
      await journal.arrivals(journal.calls(struck).length + 2, struck);
      faults.schedule({ kind: 'throttle', api: struck, times: 1, ...fault });
      const isRefusal = ({ outcome }: { outcome: unknown }) => outcome === 429;
      const before = journal.calls(struck).filter(isRefusal).length;
      while (journal.calls(struck).filter(isRefusal).length === before) await sleep(2);
      const pausedAt = journal.calls(struck).findLast(isRefusal)!.finishedAtMs ?? performance.now();
      await asking;
      const after = (api: Api) =>
        journal
          .calls(api)
          .map(({ arrivedAtMs }) => arrivedAtMs - pausedAt)
          .filter((ms) => ms > 0);
      const resumed = after(struck).find((ms) => ms >= pauseMs - onTheWireMs) ?? Infinity;
      findings.push(
        atMost(
          `${says}: calls while paused`,
          after(struck).filter((ms) => ms > onTheWireMs && ms < pauseMs - onTheWireMs).length,
          0,
        ),
        atLeast(
          `${says}: calls of another API meanwhile`,
          after(other).filter((ms) => ms < pauseMs).length,
          1,
        ),
        atMost(`${says}: goes on after the pause (ms)`, resumed - pauseMs, windowMs / limit),
      );
    }
    return findings;
  } finally {
    await fleet.end();
  }
}

/** HSS answers 500 for a while: a handful of calls find out, and one finds out that it is over. */
export async function outage(scale: Scale): Promise<Finding[]> {
  const fleet = await Fleet.start(scale, 4);
  try {
    const { journal, faults } = fleet.emulator;
    const outageMs = scale.forMs;
    let isOver = false;
    const next = anyOf(fleet);
    const prober = (async () => {
      for (let turn = 0; !isOver; turn += 1) {
        void ask(next(), coldPath(struck), struck, consumers[turn % consumers.length]!);
        await sleep(100);
      }
    })();
    faults.schedule({ kind: 'status', status: 500, api: struck });
    await sleep(outageMs);
    const calls = journal.calls(struck).length;
    faults.clear();
    const clearedAt = Date.now();
    const { breaker } = (await budgetOf(fleet)).find(({ api }) => api === struck)!;
    const openUntil = Math.max(clearedAt, Date.parse(breaker.openUntil ?? '') || 0);
    while (!journal.calls(struck).some(({ clockMs, outcome }) => clockMs >= clearedAt && outcome === 200))
      await sleep(5);
    const recoveredAt = journal
      .calls(struck)
      .find(({ clockMs, outcome }) => clockMs >= clearedAt && outcome === 200)!.clockMs;
    isOver = true;
    await prober;
    return [
      atMost(`calls in ${outageMs / 1000} s of 500s`, calls, 10),
      noted('back-off still to go when it ended (ms)', openUntil - clearedAt),
      atMost('first good call after the back-off (ms)', recoveredAt - openUntil, 2_000),
    ];
  } finally {
    await fleet.end();
  }
}

/** One instance's clock is an hour ahead, another's an hour behind. In this process: only here can a clock be given. */
export async function clock(scale: Scale): Promise<Finding[]> {
  const fleet = await Fleet.start(scale, 2);
  const { emulator, redis } = fleet;
  const off = await Promise.all(
    [3_600_000, -3_600_000].map((byMs) =>
      startService({
        emulator,
        redisUrl: redis.url,
        clock: { ...systemClock, now: () => Date.now() + byMs },
        env: settings(scale),
      }),
    ),
  );
  try {
    let turn = 0;
    const urls = [...fleet.members, ...off].map(({ url }) => url);
    const asking = demand({ urlOf: () => urls[(turn += 1) % urls.length]!, forMs: scale.forMs });
    const seen = await asking;
    return [...withinRate(emulator.journal, scale.limit), ...honestAnswers(seen)];
  } finally {
    for (const service of off) await service.close();
    await fleet.end();
  }
}

async function budgetOf(fleet: Fleet): Promise<BudgetSnapshot[]> {
  const answer = await fetch(`${fleet.members[0]!.url}/v1/admin/budget`, {
    headers: { 'X-API-Key': adminKey },
  });
  return ((await answer.json()) as { apis: BudgetSnapshot[] }).apis;
}

function anyOf(fleet: Fleet): () => string {
  let turn = 0;
  return () => fleet.members[(turn += 1) % fleet.members.length]!.url;
}
