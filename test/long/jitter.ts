import type { Account } from '../../src/budget/account.js';
import { admittedTimes, noted, type Finding } from './findings.js';
import { apis, type Api, type Fleet } from './fleet.js';

/**
 * Compares two times of each call: the time from which the account counts the call (its end, on Redis's clock), and the
 * time at which the call arrived (on the emulator's clock). A call must never arrive later than the account counts it
 * from. This reads the account ten times a window, often enough to see every slot.
 */
export function watchEnds(fleet: Fleet): { stop(): Promise<Finding[]> } {
  const ends = new Map<Api, Map<string, number>>(apis.map((api) => [api, new Map()]));
  const grants = new Map<string, number>();
  let isStopped = false;
  const watching = watch();

  async function watch(): Promise<void> {
    while (!isStopped) {
      await look().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, fleet.scale.limit.windowMs / 10));
    }
    await look();
  }

  async function look(): Promise<void> {
    const keys = (await fleet.redis.cli('KEYS', '*account:*')) as string[];
    for (const key of keys) {
      const api = apis.find((name) => key.endsWith(`:${name}`));
      const text = (await fleet.redis.cli('HGET', key, 'account')) as string | null;
      if (!api || text === null) continue;
      for (const slot of (JSON.parse(text) as Account).slots) {
        ends.get(api)?.set(slot.id, slot.from);
        grants.set(slot.id, slot.grantedAt);
      }
    }
  }

  return {
    async stop() {
      isStopped = true;
      await watching;
      const lags: number[] = [];
      for (const api of apis) {
        const arrivals = admittedTimes(fleet.emulator.journal, api);
        const known = [...(ends.get(api)?.values() ?? [])].sort((a, b) => a - b);
        if (known.length !== arrivals.length) continue;
        lags.push(...known.map((at, index) => at - arrivals[index]!));
      }
      lags.sort((a, b) => a - b);
      if (lags.length === 0) return [noted('counted after arrival (ms)', 'not every call was seen')];
      const middle = lags[Math.floor(lags.length / 2)] ?? 0;
      return [
        noted('counted after arrival, least / median / most (ms)', `${lags[0]} / ${middle} / ${lags.at(-1)}`),
      ];
    },
  };
}
