/** A fleet on simulated time with a simulated Redis: real ledgers and budgets, and every call that reaches HSS. */
import { pino } from 'pino';
import { ApiBudget } from '../../src/budget/api-budget.js';
import type { Limit } from '../../src/budget/account.js';
import { BudgetRefused } from '../../src/budget/budget-errors.js';
import type { CallOutcome } from '../../src/budget/call-outcome.js';
import { FleetLedger } from '../../src/budget/fleet-ledger.js';
import type { Clock } from '../../src/time/clock.js';
import { TestLoad, VirtualClock } from './fleet-simulation.js';
import { SimulatedLink, SimulatedRedis } from './simulated-redis.js';

const api = 'ListImageLocal';

export interface Asked {
  /** How it went: called, the reason of a refusal, or an error. */
  how: string;
  /** When the call or the refusal came, in ms after the request. */
  afterMs: number;
  /** The wall time that a refusal names. */
  retryAt: number | null;
}

export interface Behaviour {
  /** The time from the grant to the sending. */
  preparesMs: number;
  /** The time from the sending to the end of the call. */
  takesMs: number;
  /** When HSS sees the call, as a share of the longest possible time. */
  arrives: number;
  /** The call is given up without an answer. */
  isGivenUp: boolean;
  /** The end of the call, if it is neither an answer nor a time-out. */
  outcome?: CallOutcome;
}

export const swift: Behaviour = { preparesMs: 0, takesMs: 20, arrives: 0, isGivenUp: false };

/** One process of the fleet. A paused process runs nothing; a dead one never again. */
export class SimulatedInstance {
  readonly link: SimulatedLink;
  readonly ledger: FleetLedger;
  readonly budget: ApiBudget;
  state: 'runs' | 'paused' | 'dead' = 'runs';
  readonly #whenResumed: (() => void)[] = [];
  #turn = 0;

  constructor(
    readonly name: string,
    private readonly fleet: LedgerSimulation,
  ) {
    const { clock, random, redis, limit, fleetSize, longestCallMs } = fleet;
    const bootedAt = clock.now() - random() * 1e6;
    const own: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.now() - bootedAt,
      after: (delayMs, action) => clock.after(delayMs, () => this.deliver(action)),
    };
    this.link = new SimulatedLink(redis, clock, random, (action) => this.deliver(action));
    this.ledger = new FleetLedger(this.link.asLink, own, pino({ level: 'silent' }), {
      instance: name,
      user: 'user',
      limit,
      total: { limit: 1_000, windowMs: 1_000 },
      fleetSize,
      longestCallMs,
      apis: [api],
    });
    this.budget = new ApiBudget(api, this.ledger, own, {
      instance: name,
      longestCallMs,
      longestPreparationMs: longestCallMs / 3,
      onLearned: () => undefined,
    });
  }

  deliver(action: () => void): void {
    if (this.state === 'runs') action();
    else if (this.state === 'paused') this.#whenResumed.push(action);
  }

  pause(): void {
    if (this.state === 'runs') this.state = 'paused';
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'runs';
    for (const action of this.#whenResumed.splice(0)) this.deliver(action);
  }

  kill(): void {
    this.state = 'dead';
  }

  /** Stops in order. */
  async stop(): Promise<void> {
    void this.budget.close();
    await this.ledger.close();
    this.kill();
  }

  /** Asks for one call, and makes the call when it is granted. */
  async ask(
    waitMs: number,
    behaviour: Behaviour = swift,
    priority: 'waiting' | 'background' = 'waiting',
  ): Promise<Asked> {
    const { clock } = this.fleet;
    const askedAt = clock.now();
    const load = new TestLoad(`${this.name}-${(this.#turn += 1)}`);
    load.ask(clock, this.name, waitMs, priority);
    const asked = (how: string, retryAt: number | null = null) => ({
      how,
      afterMs: clock.now() - askedAt,
      retryAt,
    });
    const refusal = new Promise<Asked>((resolve) => {
      load.onRefusal = (error) =>
        resolve(asked((error as BudgetRefused).because, (error as BudgetRefused).retryAt));
    });
    const call = this.budget.acquire(load).then(
      (grant) => {
        clock.after(behaviour.preparesMs, () =>
          this.deliver(() => void this.#send(grant, behaviour).catch(() => undefined)),
        );
        return asked('called');
      },
      (error: unknown) =>
        error instanceof BudgetRefused ? asked(error.because, error.retryAt) : asked(String(error)),
    );
    return Promise.race([call, refusal]);
  }

  async #send(
    grant: { mayStill(): Promise<boolean>; finish(outcome: CallOutcome): Promise<boolean> },
    { takesMs, arrives, isGivenUp, outcome: otherOutcome }: Behaviour,
  ): Promise<void> {
    const { clock, calls } = this.fleet;
    if (!(await grant.mayStill())) {
      await grant.finish({ kind: 'unused' });
      return;
    }
    const ordinary: CallOutcome = isGivenUp
      ? { kind: 'failed', wantsRetry: false, isAnswered: false }
      : { kind: 'answered' };
    clock.after(arrives * takesMs * (isGivenUp ? 2 : 1), () =>
      calls.push({ at: clock.now(), by: this.name }),
    );
    clock.after(takesMs, () => this.deliver(() => void grant.finish(otherOutcome ?? ordinary)));
  }
}

export class LedgerSimulation {
  readonly clock = new VirtualClock();
  readonly redis = new SimulatedRedis(this.clock);
  readonly calls: { at: number; by: string }[] = [];
  readonly instances: SimulatedInstance[] = [];

  constructor(
    readonly limit: Limit,
    readonly fleetSize: number,
    readonly random: () => number,
    /** The longest time from a grant to the end of the call; a third of it may pass before the call is sent. */
    readonly longestCallMs = 3_000,
  ) {}

  join(name: string): SimulatedInstance {
    const instance = new SimulatedInstance(name, this);
    this.instances.push(instance);
    return instance;
  }

  /** Members that have joined one after the other and hold their spare slots. */
  async joined(...names: string[]): Promise<SimulatedInstance[]> {
    const instances = [];
    for (const name of names) {
      instances.push(this.join(name));
      await this.clock.run(1_500);
    }
    await this.clock.run(3_000);
    return instances;
  }

  killRedis(): void {
    this.redis.kill();
    for (const { link } of this.instances) link.lose();
  }

  /** The largest number of calls in any window. */
  get busiest(): number {
    const times = this.calls.map(({ at }) => at).sort((a, b) => a - b);
    let first = 0;
    let most = 0;
    times.forEach((at, index) => {
      while (times[first]! <= at - this.limit.windowMs) first += 1;
      most = Math.max(most, index - first + 1);
    });
    return most;
  }
}
