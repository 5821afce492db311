/** Long checks of the budget while HSS refuses or fails, and while clocks are wrong. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../emulator/traffic/faults.js';
import type { Account } from '../../src/budget/account.js';
import type { BudgetSnapshot } from '../../src/budget/snapshot.js';
import { systemClock, type Clock } from '../../src/time/clock.js';
import { ask, coldPath, demand, type Seen } from './demand.js';
import { atLeast, atMost, honestAnswers, isShareKept, noted, withinRate, type Finding } from './findings.js';
import { adminKey, consumers, type Api, type Scale } from './fleet.js';
import { startHouse, type House } from './house.js';

const struck: Api = 'ListRegistryImages';
const other: Api = 'ListImageLocal';

/** HSS answers 429 once: the whole fleet makes no call of that API for the time that HSS names, and no longer. */
export async function pushback(scale: Scale): Promise<Finding[]> {
  const { slackMs } = scale;
  const { limit, windowMs } = scale.limit;
  const pauses: {
    says: string;
    fault: Omit<Fault, 'kind'> & { retryAfter?: string; text?: boolean };
    pauseMs: number;
  }[] = [
    // The pause is longer than a window. During a shorter pause the calls before it would still count in the window
    // and delay the calls after it, and the calls of the other API might all come before the pause.
    {
      says: 'Retry-After',
      fault: { retryAfter: String(windowMs / 1000 + 2), text: false },
      pauseMs: windowMs + 2_000,
    },
    { says: 'the window in its text', fault: {}, pauseMs: windowMs },
    // Without a named time the pause is a minute: only the long form has a minute.
    ...(windowMs >= 10_000 ? [{ says: 'neither', fault: { text: false }, pauseMs: 60_000 }] : []),
  ];
  const findings: Finding[] = [];
  const fleet = await startHouse(scale, [systemClock, systemClock, systemClock]);
  try {
    const { journal, faults } = fleet.emulator;
    for (const { says, fault, pauseMs } of pauses) {
      // The account keeps the end of a pause when the pause is over.
      const before = (await accountOf(fleet))?.pausedUntil ?? 0;
      faults.schedule({ kind: 'throttle', api: struck, times: 1, ...fault });
      const enough = new AbortController();
      const asking = demand({
        urlOf: fleet.urlOf,
        // The 429 can come up to a window late, since the calls after the pause before it have used up the rate.
        forMs: 2 * windowMs + pauseMs + 2 * slackMs,
        enough: enough.signal,
        apis: [struck, other],
        among: consumers.slice(0, 10),
      });
      // The account keeps a slot for a window, so a look every 5 ms sees every grant.
      const grants = new Map<string, number>();
      let endsAt = before;
      const watch = async () => {
        await sleep(5);
        const account = await accountOf(fleet);
        endsAt = account?.pausedUntil ?? before;
        for (const { id, grantedAt } of account?.slots ?? []) grants.set(id, grantedAt);
      };
      while (endsAt === before) await watch();
      // Redis, the emulator and this process have the same clock, so times can be compared.
      const pausedAt = endsAt - pauseMs;
      while (Date.now() < endsAt) await watch();
      const arrivals = (api: Api) =>
        journal
          .calls(api)
          .map(({ clockMs }) => clockMs)
          .filter((at) => at > pausedAt);
      const whilePaused = (at: number) => at > pausedAt && at < endsAt;
      const resumed = () => arrivals(struck).find((at) => at >= endsAt);
      // Consumers with a later Retry-After have stopped asking; the loads that they started go on.
      const waitUntil = endsAt + windowMs / limit + slackMs;
      while (resumed() === undefined && Date.now() < waitUntil) await sleep(5);
      enough.abort();
      await asking;
      findings.push(
        atMost(`${says}: grants while paused`, [...grants.values()].filter(whilePaused).length, 0),
        atMost(
          `${says}: calls that were on the wire`,
          arrivals(struck).filter(whilePaused).length,
          limit - 1,
        ),
        atLeast(
          `${says}: calls of another API meanwhile`,
          arrivals(other).filter(whilePaused).length,
          pauseMs > windowMs ? 1 : 0,
        ),
        atMost(
          `${says}: goes on after the pause (ms)`,
          (resumed() ?? Infinity) - endsAt,
          windowMs / limit + slackMs,
        ),
      );
    }
    return findings;
  } finally {
    await fleet.end();
  }
}

/** HSS answers 500 for a while: a handful of calls fail, and one trial call finds that HSS is well again. */
export async function outage(scale: Scale): Promise<Finding[]> {
  const fleet = await startHouse(scale, [systemClock, systemClock, systemClock, systemClock]);
  try {
    const { journal, faults } = fleet.emulator;
    const { outageMs, slackMs } = scale;
    const ended = new AbortController();
    const prober = (async () => {
      for (let turn = 0; !ended.signal.aborted; turn += 1) {
        void ask(fleet.urlOf(), coldPath(struck), struck, consumers[turn % consumers.length]!);
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
    ended.abort();
    await prober;
    return [
      atMost(`calls in ${outageMs / 1000} s of 500s`, calls, 10),
      noted('back-off still to go when it ended (ms)', openUntil - clearedAt),
      atMost('first good call after the back-off (ms)', recoveredAt - openUntil, 2_000 + slackMs),
    ];
  } finally {
    await fleet.end();
  }
}

/** The clock of one instance is an hour ahead, the clock of another an hour behind: the budget works as ever. */
export async function clock(scale: Scale): Promise<Finding[]> {
  const offBy = (byMs: number): Clock => ({ ...systemClock, now: () => Date.now() + byMs });
  const fleet = await startHouse(scale, [systemClock, systemClock, offBy(3_600_000), offBy(-3_600_000)]);
  try {
    const until = (seen: readonly Seen[]) => !scale.goesOn || isShareKept(seen, scale);
    const seen = await demand({ urlOf: fleet.urlOf, forMs: scale.forMs, until });
    return [...withinRate(fleet.emulator.journal, scale.limit), ...honestAnswers(seen, scale)];
  } finally {
    await fleet.end();
  }
}

/** The account as Redis has it. */
async function accountOf({ redis }: House): Promise<Account | undefined> {
  const [key = ''] = (await redis.cli('KEYS', `*account:*:${struck}`)) as string[];
  const text = key === '' ? null : ((await redis.cli('HGET', key, 'account')) as string | null);
  return text === null ? undefined : (JSON.parse(text) as Account);
}

/** The budget as operators see it. */
async function budgetOf({ services: [first] }: House): Promise<BudgetSnapshot[]> {
  const answer = await first!.get('/v1/admin/budget', { 'X-API-Key': adminKey });
  return (answer.body as { apis: BudgetSnapshot[] }).apis;
}
