/** A virtual clock, a shared ledger and loads for unit tests of the call budget: several instances without Redis. */
import type { Clock } from '../../src/time/clock.js';
import { newAccount, type Account, type Limit } from '../../src/budget/account.js';
import type { Change, Ledger, Transacted } from '../../src/budget/ledger.js';
import type { Caller, Load } from '../../src/budget/load.js';

/** A clock that stands still until `run`: timers fire in order, and the work that a timer starts runs before the next. */
export class VirtualClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: { at: number; action: () => void }[] = [];

  now = () => this.#now;
  monotonic = () => this.#now;
  after = (delayMs: number, action: () => void) => {
    const timer = { at: this.#now + Math.max(0, delayMs), action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  };

  async run(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#timers.reduce<{ at: number; action: () => void } | undefined>(
        (first, timer) => (!first || timer.at < first.at ? timer : first),
        undefined,
      );
      if (!next || next.at > end) break;
      this.#now = next.at;
      this.#timers = this.#timers.filter((each) => each !== next);
      next.action();
    }
    this.#now = end;
  }
}

/** One account per API, shared by several budgets of a test as through Redis, but without Redis. */
export class SharedLedger implements Ledger {
  readonly accounts = new Map<string, Account>();
  /** The shared account changes, but the instance gets no reply and goes on alone with an account of its own. */
  losesReply = false;
  /** The number of changes so far, of those that left another account, and the size of the largest account. */
  changes = 0;
  writes = 0;
  largestBytes = 0;
  /** Every change fails with this error. */
  failsWith: Error | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly limit: Limit,
    private readonly instances: () => readonly string[],
  ) {}

  transact<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    if (this.failsWith) return Promise.reject(this.failsWith);
    const stored = this.#transact(api, this.accounts.get(api) ?? newAccount('one', 'test'), change);
    return this.losesReply ? this.#transact('lost', newAccount('two', 'test'), change) : stored;
  }

  #transact<T>(api: string, account: Account, change: Change<T>): Promise<Transacted<T>> {
    const instances = this.instances();
    const result = change(account, {
      now: this.clock.now(),
      configuredLimit: this.limit,
      reserved: 0,
      isLive: (name) => instances.includes(name),
      liveInstances: instances.length,
      totalRoom: Infinity,
      totalFreeAt: 0,
      isShared: true,
    });
    // A copy, as through Redis: no caller may keep the stored object.
    const text = JSON.stringify(account);
    this.changes += 1;
    if (text !== JSON.stringify(this.accounts.get(api))) this.writes += 1;
    this.largestBytes = Math.max(this.largestBytes, Buffer.byteLength(text));
    this.accounts.set(api, JSON.parse(text) as Account);
    return Promise.resolve({ result, now: this.clock.now() });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A load whose callers wait for a while. */
export class TestLoad implements Load {
  /** How often the budget has looked at the callers of any load. */
  static looks = 0;
  readonly #callers = new Set<Caller>();
  isUnwanted = false;
  servesForMs: number | undefined;
  refusals: Error[] = [];
  onRefusal: (error: Error) => void = () => undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(readonly key: string) {}

  get callers(): ReadonlySet<Caller> {
    TestLoad.looks += 1;
    return this.#callers;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  ask(clock: Clock, consumer: string, waitMs: number, priority: Caller['priority'] = 'waiting'): this {
    const until = clock.now() + waitMs;
    const caller: Caller = {
      consumer,
      priority,
      patienceMs: waitMs,
      remainingMs: () => until - clock.now(),
      refuse: (error) => {
        this.#callers.delete(caller);
        this.refusals.push(error);
        this.onRefusal(error);
      },
    };
    this.#callers.add(caller);
    this.changed();
    return this;
  }

  claim(): Promise<boolean> {
    return Promise.resolve(!this.isUnwanted);
  }

  /** The callers of this consumer hang up. */
  leave(consumer: string): void {
    for (const caller of this.#callers) if (caller.consumer === consumer) this.#callers.delete(caller);
    this.changed();
  }

  hangUp(): void {
    this.#callers.clear();
    this.isUnwanted = true;
    this.changed();
  }
}
