import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../src/emulator/traffic/faults.js';
import type { Account } from '../../src/resilience/budget/account.js';
import type { BudgetSnapshot } from '../../src/resilience/budget/snapshot.js';
import { systemClock, type Clock } from '../../src/resilience/clock.js';
import type { Emulator } from '../../src/emulator/emulator.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { ask, coldPath, demand } from './demand.js';
import { atLeast, atMost, honestAnswers, noted, withinRate, type Finding } from './findings.js';
import { adminKey, consumers, settings, witness, type Api, type Scale } from './fleet.js';

/** Instances in this process: they start at once, and only here can a clock be given. One Redis, as ever. */
interface House {
  emulator: Emulator;
  redis: RedisProcess;
  services: TestService[];
  urlOf: () => string;
  end(): Promise<void>;
}

async function startHouse(scale: Scale, clocks: readonly Clock[]): Promise<House> {
  const [emulator, redis] = await Promise.all([witness(scale), startRedis()]);
  const env = settings(scale);
  const services = await Promise.all(
    clocks.map((clock) => startService({ emulator, redisUrl: redis.url, clock, env })),
  );
  let turn = 0;
  return {
    emulator,
    redis,
    services,
    urlOf: () => services[(turn += 1) % services.length]!.url,
    end: async () => {
      const T0 = Date.now();
      await Promise.all(
        services.map((service, i) =>
          service.close().then(() => process.stdout.write(`closed ${i} ${Date.now() - T0}\n`)),
        ),
      );
      await redis.stop();
      process.stdout.write(`redis ${Date.now() - T0}\n`);
      await emulator.close();
      process.stdout.write(`emu ${Date.now() - T0}\n`);
    },
  };
}

const struck: Api = 'ListRegistryImages';
const other: Api = 'ListImageLocal';
/** What was granted before the first 429 came may still be on its way, for as long as a busy machine takes. */
const onTheWireMs = 500;

/** HSS says 429 once: the whole fleet leaves that API alone for as long as it says, and no longer. */
export async function pushback(scale: Scale): Promise<Finding[]> {
  const { limit, windowMs } = scale.limit;
  const pauses: {
    says: string;
    fault: Omit<Fault, 'kind'> & { retryAfter?: string; text?: boolean };
    pauseMs: number;
  }[] = [
    // Longer than a window, or the calls before it would hold up those after it.
    {
      says: 'Retry-After',
      fault: { retryAfter: String(windowMs / 1000 + 1), text: false },
      pauseMs: windowMs + 1_000,
    },
    { says: 'the window in its text', fault: {}, pauseMs: windowMs },
    // A minute by default: the long form has one.
    ...(windowMs >= 10_000 ? [{ says: 'neither', fault: { text: false }, pauseMs: 60_000 }] : []),
  ];
  const findings: Finding[] = [];
  const fleet = await startHouse(scale, [systemClock, systemClock, systemClock]);
  try {
    const { journal, faults } = fleet.emulator;
    for (const { says, fault, pauseMs } of pauses) {
      faults.schedule({ kind: 'throttle', api: struck, times: 1, ...fault });
      const asking = demand({
        urlOf: fleet.urlOf,
        forMs: windowMs + pauseMs,
        apis: [struck, other],
        among: consumers.slice(0, 10),
      });
      // From the fleet's first knowledge of it; this machine has one clock.
      let endsAt = 0;
      while (endsAt < Date.now()) {
        await sleep(5);
        endsAt = await pausedUntil(fleet);
      }
      const pausedAt = endsAt - pauseMs;
      await asking;
      // Consumers that were told to come back later than this have stopped asking; what they left behind goes on.
      await sleep(Math.max(0, endsAt + windowMs / limit - Date.now()));
      const after = (api: Api) =>
        journal
          .calls(api)
          .map(({ clockMs }) => clockMs - pausedAt)
          .filter((ms) => ms > 0);
      const resumed = after(struck).find((ms) => ms >= pauseMs) ?? Infinity;
      findings.push(
        atMost(
          `${says}: calls while paused`,
          after(struck).filter((ms) => ms > onTheWireMs && ms < pauseMs).length,
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
  const fleet = await startHouse(scale, [systemClock, systemClock, systemClock, systemClock]);
  try {
    const { journal, faults } = fleet.emulator;
    const { outageMs } = scale;
    const ended = new AbortController();
    const prober = (async () => {
      for (let turn = 0; !ended.signal.aborted; turn += 1) {
        const A0 = Date.now();
        const u = fleet.urlOf();
        void ask(u, coldPath(struck), struck, consumers[turn % consumers.length]!).then((s) => {
          if (Date.now() - A0 > 5000)
            process.stdout.write(`slow ask ${u} began ${A0} ${Date.now() - A0} ${s.status} ${s.code}\n`);
        });
        await sleep(100);
      }
    })();
    faults.schedule({ kind: 'status', status: 500, api: struck });
    await sleep(outageMs);
    const calls = journal.calls(struck).length;
    faults.clear();
    const clearedAt = Date.now();
    process.stdout.write(`cleared ${clearedAt}\n`);
    const { breaker } = (await budgetOf(fleet)).find(({ api }) => api === struck)!;
    const openUntil = Math.max(clearedAt, Date.parse(breaker.openUntil ?? '') || 0);
    while (!journal.calls(struck).some(({ clockMs, outcome }) => clockMs >= clearedAt && outcome === 200))
      await sleep(5);
    const recoveredAt = journal
      .calls(struck)
      .find(({ clockMs, outcome }) => clockMs >= clearedAt && outcome === 200)!.clockMs;
    process.stdout.write(`recovered ${Date.now()}\n`);
    ended.abort();
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

/** One instance's clock is an hour ahead, another's an hour behind: nobody notices. */
export async function clock(scale: Scale): Promise<Finding[]> {
  const offBy = (byMs: number): Clock => ({ ...systemClock, now: () => Date.now() + byMs });
  const fleet = await startHouse(scale, [systemClock, systemClock, offBy(3_600_000), offBy(-3_600_000)]);
  try {
    const seen = await demand({ urlOf: fleet.urlOf, forMs: scale.forMs });
    return [...withinRate(fleet.emulator.journal, scale.limit), ...honestAnswers(seen, scale)];
  } finally {
    await fleet.end();
  }
}

/** The account's own word; it stays there when the pause is over. */
async function pausedUntil({ redis }: House): Promise<number> {
  const [key = ''] = (await redis.cli('KEYS', `*account:*:${struck}`)) as string[];
  const text = key === '' ? null : ((await redis.cli('HGET', key, 'account')) as string | null);
  return text === null ? 0 : (JSON.parse(text) as Account).pausedUntil;
}

/** As operators see it. */
async function budgetOf({ services: [first] }: House): Promise<BudgetSnapshot[]> {
  const answer = await first!.get('/v1/admin/budget', { 'X-API-Key': adminKey });
  return (answer.body as { apis: BudgetSnapshot[] }).apis;
}
