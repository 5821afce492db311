import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { RedisLink } from '../../src/redis/redis-link.js';
import { FleetLedger } from '../../src/budget/fleet-ledger.js';
import type { Account } from '../../src/budget/account.js';
import { ApiBudget } from '../../src/budget/api-budget.js';
import { BudgetRefused, Unwanted } from '../../src/budget/budget-errors.js';
import { systemClock, type Clock } from '../../src/time/clock.js';
import { TestLoad } from './fleet-simulation.js';
import { startRedis, type RedisProcess } from './redis-server.js';
import { until } from './until.js';

export const limit = { limit: 5, windowMs: 1_000 };
export const api = 'ListImageLocal';
/** Longer than any number of windows that a test needs, on any machine. */
export const patienceMs = 60_000;

export interface Instance {
  budget: ApiBudget;
  ledger: FleetLedger;
  link: RedisLink;
  /** Asks for `count` calls, until all are granted or `waitMs` are over. @returns the number of granted calls. */
  call(count: number, waitMs: number): Promise<number>;
  leave(): Promise<void>;
}

/** Instances that share one account through a real Redis, and every call that any instance was granted. */
export class LedgerFleet {
  readonly #instances: Instance[] = [];
  /** Wall times of the granted calls, in ms. */
  readonly calls: number[] = [];

  private constructor(readonly redis: RedisProcess) {}

  /** Runs a test with a fleet and a Redis of its own, so that tests can wait side by side. */
  static async inOne(test: (fleet: LedgerFleet) => Promise<void>): Promise<void> {
    const fleet = new LedgerFleet(await startRedis());
    try {
      await test(fleet);
    } finally {
      for (const instance of fleet.#instances) await instance.leave();
      await fleet.redis.stop();
    }
  }

  /** The largest number of calls in any window. */
  get busiest(): number {
    const { calls } = this;
    return Math.max(0, ...calls.map((at) => calls.filter((c) => c >= at && c < at + limit.windowMs).length));
  }

  /**
   * Waits until so many instances hold spare slots, as they do after a beat in which no load waits. An instance that has
   * just started may own no share, and then makes no call without Redis.
   */
  async haveSpareSlots(instances: number): Promise<void> {
    await until(async () => {
      const text = (await this.redis.cli('HGET', `test:{budget}:account:user:${api}`, 'account')) as string;
      const { owners = {} } = JSON.parse(text || '{}') as Partial<Account>;
      return Object.values(owners).filter(({ spare }) => spare > 0).length === instances;
    });
  }

  /** @param isReached waits until Redis answers: a new instance that has no Redis yet would take itself to be alone. */
  async join(name: string, clock: Clock = systemClock, isReached = true): Promise<Instance> {
    const log = pino({ level: 'silent' });
    const client = new Redis(this.redis.url, {
      lazyConnect: true,
      retryStrategy: () => 50,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      // By default a closed client holds its process for two seconds more.
      disconnectTimeout: 50,
    });
    const link = new RedisLink(client, 'test', clock, log);
    await link.connect(1_000);
    if (isReached) await until(() => link.isUp);
    const ledger = new FleetLedger(link, clock, log, {
      instance: name,
      user: 'user',
      limit,
      total: { limit: 1_000, windowMs: 1_000 },
      fleetSize: 1,
      longestCallMs: 2_000,
      apis: [api],
    });
    const budget = new ApiBudget(api, ledger, clock, {
      instance: name,
      longestCallMs: 2_000,
      longestPreparationMs: 1_000,
      onLearned: () => undefined,
    });
    let turn = 0;
    const one = async (waitMs: number): Promise<number> => {
      try {
        const grant = await budget.acquire(new TestLoad(`${name}-${(turn += 1)}`).ask(clock, name, waitMs));
        this.calls.push(Date.now());
        await grant.finish({ kind: 'answered' });
        return 1;
      } catch (error) {
        if (error instanceof BudgetRefused || error instanceof Unwanted) return 0;
        throw error;
      }
    };
    const instance: Instance = {
      budget,
      ledger,
      link,
      call: async (count, waitMs) => {
        // A load whose callers were refused stays in the queue: no code waits for such a load.
        let granted = 0;
        for (let index = 0; index < count; index += 1) void one(waitMs).then((made) => (granted += made));
        const startedAt = performance.now();
        while (granted < count && performance.now() < startedAt + waitMs) await sleep(5);
        return granted;
      },
      leave: async () => {
        void budget.close();
        await ledger.close();
        await link.close();
      },
    };
    this.#instances.push(instance);
    // A new member on an empty Redis waits this long for other members that may know the lost account.
    await sleep(1_100);
    return instance;
  }
}
