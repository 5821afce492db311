import { LedgerSimulation, type Behaviour, type SimulatedInstance } from './ledger-simulation.js';

/** What a history came to. */
export interface Outcome {
  seed: number;
  limit: number;
  /** The largest number of calls in any window. */
  busiest: number;
  calls: number;
  /** What happened, for a reader who looks for the cause. */
  story: string[];
}

const windowMs = 4_000;
const windows = 14;

/** Random numbers in [0, 1) that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The life of a fleet with mishaps, drawn from a seed: instances that die, restart, stop in order, hang or are cut
 * off in one or both directions, and a Redis that dies, hangs, is slow, loses its data or has its clock set. In every other
 * history the fleet knows its size, and instances are cut off for up to ten windows; otherwise for less than two. In
 * every fourth history the instances have stable names.
 */
export async function liveThrough(seed: number): Promise<Outcome> {
  // The ledgers draw short pauses of their own.
  const { random } = Math;
  Math.random = randomFrom(-seed);
  try {
    return await new History(seed).run();
  } finally {
    Math.random = random;
  }
}

class History {
  readonly #random: () => number;
  readonly #fleet: LedgerSimulation;
  readonly #size: number;
  readonly #knowsSize: boolean;
  readonly #story: string[] = [];
  readonly #startedAt: number;
  readonly #endsAt: number;
  /** Each process that ends has a successor of its name. */
  readonly #areNamed: boolean;
  #joined = 0;

  constructor(private readonly seed: number) {
    this.#random = randomFrom(seed);
    this.#size = this.#between(1, 5);
    this.#knowsSize = seed % 2 === 0;
    this.#areNamed = seed % 4 === 0;
    const limit = this.#between(1, 7);
    this.#fleet = new LedgerSimulation({ limit, windowMs }, this.#knowsSize ? this.#size : 1, this.#random);
    this.#startedAt = this.#fleet.clock.now();
    this.#endsAt = this.#startedAt + windows * windowMs;
  }

  async run(): Promise<Outcome> {
    const { clock, limit } = this.#fleet;
    this.#note(`${this.#size} instances, limit ${limit.limit}, size ${this.#knowsSize ? '' : 'un'}known`);
    for (let index = 0; index < this.#size; index += 1) this.#join();
    this.#demand(this.#pick([200, 600, 2_000]));
    const mishaps = this.#between(3, 10);
    for (let index = 0; index < mishaps; index += 1)
      clock.after(2_000 + this.#random() * (windows - 3) * windowMs, () => this.#mishap());
    await clock.run(windows * windowMs);
    const { busiest, calls } = this.#fleet;
    for (const { at, by } of calls) this.#story.push(`${this.#stamp(at)} call of ${by}`);
    this.#story.sort((a, b) => parseFloat(a) - parseFloat(b));
    return { seed: this.seed, limit: limit.limit, busiest, calls: calls.length, story: this.#story };
  }

  /** Requests at random moments; the load comes and goes. */
  #demand(everyMs: number): void {
    const { clock } = this.#fleet;
    if (clock.now() > this.#endsAt) return;
    const target = this.#anyone();
    if (target) {
      const priority = this.#random() < 0.1 ? 'background' : 'waiting';
      void target.ask(this.#pick([500, 3_000, 3 * windowMs]), this.#behaviour(), priority);
    }
    const isQuiet = this.#random() < 0.02;
    clock.after(isQuiet ? windowMs : this.#random() * 2 * everyMs, () => this.#demand(everyMs));
  }

  #behaviour(): Behaviour {
    const isSlow = this.#random() < 0.2;
    const isGivenUp = this.#random() < 0.05;
    return {
      preparesMs: isSlow ? this.#random() * 450 : 0,
      takesMs: isSlow ? this.#random() * 900 : 20,
      arrives: this.#random(),
      isGivenUp,
    };
  }

  #mishap(): void {
    // A process that has never heard Redis knows of no calls before it: docs/call-budget.md leaves this case open.
    if (this.#fleet.instances.some(({ state, link }) => state === 'runs' && !link.hasHeard)) {
      this.#fleet.clock.after(50, () => this.#mishap());
      return;
    }
    const victim = this.#anyone();
    if (!victim) return;
    const what = this.#pick([
      'kill',
      'stop',
      'cut',
      'cut',
      'cut',
      'pause',
      'kill Redis',
      'kill Redis',
      'freeze Redis',
      'slow Redis',
      'flush',
      'set clock',
    ]);
    const forMs = this.#random() * windowMs * (this.#knowsSize ? 10 : 1.9);
    this.#mishaps[what]!(victim, forMs);
  }

  readonly #mishaps: Record<string, (victim: SimulatedInstance, forMs: number) => void> = {
    kill: (victim) => {
      if (!this.#mayEnd(victim)) return;
      this.#note(`kill ${victim.name}`);
      victim.kill();
      this.#rejoinLater(victim);
    },
    stop: (victim) => {
      if (!this.#mayEnd(victim)) return;
      this.#note(`stop ${victim.name}`);
      void victim.stop();
      this.#rejoinLater(victim);
    },
    cut: (victim, forMs) => {
      const { link } = victim;
      if (link.cut !== 'none') return;
      link.cut = this.#pick(['commands', 'answers', 'both'] as const);
      this.#note(`cut ${victim.name} (${link.cut}) for ${Math.round(forMs)}`);
      this.#fleet.clock.after(forMs, () => {
        this.#note(`mend ${victim.name}`);
        link.cut = 'none';
      });
    },
    pause: (victim, forMs) => {
      this.#note(`pause ${victim.name} for ${Math.round(forMs / 3)}`);
      victim.pause();
      this.#fleet.clock.after(forMs / 3, () => {
        this.#note(`resume ${victim.name}`);
        victim.resume();
      });
    },
    'kill Redis': (_, forMs) => {
      if (!this.#fleet.redis.isAlive) return;
      const isEmpty = this.#random() < 0.5;
      this.#note(`kill Redis for ${Math.round(forMs)}${isEmpty ? ', loses data' : ''}`);
      this.#fleet.killRedis();
      this.#fleet.clock.after(forMs, () => {
        this.#note('start Redis');
        this.#fleet.redis.start(isEmpty);
      });
    },
    'freeze Redis': (_, forMs) => {
      this.#note(`freeze Redis for ${Math.round(forMs / 3)}`);
      this.#fleet.redis.isFrozen = true;
      this.#fleet.clock.after(forMs / 3, () => {
        this.#note('thaw Redis');
        this.#fleet.redis.thaw();
      });
    },
    'slow Redis': (_, forMs) => {
      const { redis, clock } = this.#fleet;
      redis.takesMs = this.#pick([20, 45, 60, 200, 600]);
      this.#note(`Redis takes ${redis.takesMs} for ${Math.round(forMs)}`);
      clock.after(forMs, () => {
        this.#note('Redis is fast');
        redis.takesMs = 0;
      });
    },
    flush: () => {
      this.#note('flush');
      this.#fleet.redis.flush();
    },
    'set clock': () => {
      const byMs = Math.round((this.#random() - 0.5) * this.#pick([2_000, 40_000, 7_200_000]));
      this.#note(`set Redis's clock by ${byMs}`);
      this.#fleet.redis.stepMs += byMs;
    },
  };

  #join(former?: SimulatedInstance): void {
    const number = (this.#joined += 1);
    const [podName = `i${number}`] = this.#areNamed && former ? former.name.split('~') : [];
    const name = this.#areNamed ? `${podName}~${number}` : podName;
    this.#note(`join ${name}`);
    this.#fleet.join(name);
  }

  /** A new process starts when it can reach Redis: without it, no process can know of the calls before it. */
  #rejoinLater(former: SimulatedInstance): void {
    const { clock, redis } = this.#fleet;
    clock.after(this.#random() * 2_000, () => {
      if (redis.isThere) this.#join(former);
      else this.#rejoinLater(former);
    });
  }

  /**
   * What an instance knows ends with it: its calls without Redis, and the others that are cut off. So it may end only
   * while it reaches Redis. In a fleet of known size its share covers such calls if another instance knows of it.
   */
  #mayEnd(victim: SimulatedInstance): boolean {
    const others = this.#fleet.instances.filter((each) => each !== victim && each.state === 'runs');
    const isKnown = this.#knowsSize && others.some((each) => this.#isReachable(each));
    return isKnown || this.#isReachable(victim);
  }

  #isReachable({ link }: SimulatedInstance): boolean {
    return link.cut === 'none' && this.#fleet.redis.isThere;
  }

  #anyone(): SimulatedInstance | undefined {
    const running = this.#fleet.instances.filter(({ state }) => state === 'runs');
    return running[Math.floor(this.#random() * running.length)];
  }

  #between(least: number, below: number): number {
    return least + Math.floor(this.#random() * (below - least));
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  #note(text: string): void {
    this.#story.push(`${this.#stamp(this.#fleet.clock.now())} ${text}`);
  }

  #stamp(at: number): string {
    return ((at - this.#startedAt) / 1_000).toFixed(3);
  }
}
