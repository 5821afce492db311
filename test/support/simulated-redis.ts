/** Redis and the way to it on simulated time, as far as the call budget needs them. */
import { RedisUnavailable } from '../../src/redis/redis-errors.js';
import type { RedisLink } from '../../src/redis/redis-link.js';
import { lookScript, readScript, writeScript } from '../../src/budget/account-scripts.js';
import type { VirtualClock } from './fleet-simulation.js';

type Arguments = readonly (string | number)[];

/** The scripts of AccountStore on data in memory. A test can kill, freeze and empty it, and set its clock. */
export class SimulatedRedis {
  isAlive = true;
  isFrozen = false;
  /** How long Redis takes for each command. */
  takesMs = 0;
  /** How far its clock is off. */
  stepMs = 0;
  /** How often a whole account was read. */
  reads = 0;
  #runId = 1;
  readonly #accounts = new Map<string, { version: string; account: string }>();
  readonly #members = new Map<string, string>();
  readonly #totals = new Map<string, Map<string, number>>();
  readonly #whenThawed: (() => void)[] = [];

  constructor(private readonly clock: VirtualClock) {}

  /** Whether it answers in time. */
  get isThere(): boolean {
    return this.isAlive && !this.isFrozen && this.takesMs + 10 < commandLimitMs;
  }

  kill(): void {
    this.isAlive = false;
    this.#whenThawed.length = 0;
  }

  start(isEmpty: boolean): void {
    if (isEmpty) this.flush();
    this.#runId += 1;
    this.isAlive = true;
  }

  flush(): void {
    for (const data of [this.#accounts, this.#members, this.#totals]) data.clear();
  }

  thaw(): void {
    this.isFrozen = false;
    for (const action of this.#whenThawed.splice(0)) action();
  }

  /** Runs `action` when Redis reads a command: at once, after a freeze, or never. */
  receive(action: () => void): void {
    if (!this.isAlive) return;
    if (this.isFrozen) this.#whenThawed.push(action);
    else if (this.takesMs === 0) action();
    else this.clock.after(this.takesMs, () => this.isAlive && action());
  }

  eval(script: string, count: number, ...args: (string | number)[]): Promise<unknown> {
    const keys = args.slice(1, count).map(String);
    const rest = args.slice(count);
    if (script === lookScript) return Promise.resolve(this.#look(keys, rest));
    const [account = '', total = ''] = keys;
    if (script === readScript) return Promise.resolve(this.#read(account, total, rest));
    if (script === writeScript) return Promise.resolve(this.#write(account, total, rest));
    return Promise.reject(new Error('Not simulated'));
  }

  hdel(_key: string, name: string): Promise<number> {
    return Promise.resolve(Number(this.#members.delete(name)));
  }

  info(): Promise<string> {
    return Promise.resolve('maxmemory_policy:noeviction');
  }

  get #now(): number {
    return Math.floor(this.clock.now() + this.stepMs);
  }

  #totalOf(key: string): Map<string, number> {
    const total = this.#totals.get(key) ?? new Map<string, number>();
    this.#totals.set(key, total);
    return total;
  }

  /** Notes the sign of life. @returns the beginning of a reply. */
  #greet([name, text, , sentAt]: Arguments): unknown[] {
    const now = this.#now;
    const wasMember = name === '' || this.#members.has(String(name)) ? 1 : 0;
    if (name !== '' && isFresh(now, sentAt)) this.#members.set(String(name), `${now} ${text}`);
    return [now, `run${this.#runId}`, wasMember];
  }

  /** Forgets old members. @returns the end of a reply. */
  #list([, , forgottenAfterMs]: Arguments): unknown[] {
    for (const [each, sign] of this.#members)
      if (this.#now - parseInt(sign) > Number(forgottenAfterMs)) this.#members.delete(each);
    return [...this.#members].flat();
  }

  #look(accountKeys: readonly string[], args: Arguments): unknown[] {
    const versions = accountKeys.map((key) => this.#accounts.get(key)?.version ?? '');
    return [...this.#greet(args), ...versions, ...this.#list(args)];
  }

  #read(accountKey: string, totalKey: string, args: Arguments): unknown[] {
    this.reads += 1;
    const greeting = this.#greet(args);
    const total = this.#totalOf(totalKey);
    for (const [id, at] of total) if (at <= this.#now - Number(args[4])) total.delete(id);
    const { version = null, account = null } = this.#accounts.get(accountKey) ?? {};
    const oldest = total.size > 0 ? String(Math.min(...total.values())) : '0';
    return [...greeting, version, account, total.size, oldest, ...this.#list(args)];
  }

  #write(accountKey: string, totalKey: string, args: Arguments): number {
    const [version, nextVersion, account, name, text, , pairs, readAt, started, limit, ...rest] = args;
    const now = this.#now;
    const total = this.#totalOf(totalKey);
    if ((this.#accounts.get(accountKey)?.version ?? '') !== version) return 0;
    if (!isFresh(now, readAt)) return 0;
    if (Number(started) > 0 && total.size + Number(started) > Number(limit)) return 0;
    this.#accounts.set(accountKey, { version: String(nextVersion), account: String(account) });
    const counting = rest.slice(0, 2 * Number(pairs));
    for (let index = 0; index < counting.length; index += 2)
      total.set(String(counting[index + 1]), Number(counting[index]));
    for (const id of rest.slice(counting.length)) total.delete(String(id));
    if (name !== '') this.#members.set(String(name), `${now} ${text}`);
    return 1;
  }
}

function isFresh(now: number, sentAt: string | number | undefined): boolean {
  return sentAt === undefined || Math.abs(now - Number(sentAt)) <= 500;
}

const commandLimitMs = 50;
const probeEveryMs = 100;

/** One instance's link. `deliver` runs what reaches the instance, later if the instance is paused. */
export class SimulatedLink {
  isUp = true;
  /** Whether Redis has ever answered this instance. */
  hasHeard = false;
  /** Commands that never reach Redis, answers that never come back, or both. */
  cut: 'none' | 'commands' | 'answers' | 'both' = 'none';
  readonly #pending = new Set<() => void>();

  constructor(
    private readonly redis: SimulatedRedis,
    private readonly clock: VirtualClock,
    private readonly random: () => number,
    private readonly deliver: (action: () => void) => void,
  ) {}

  get asLink(): RedisLink {
    return this as unknown as RedisLink;
  }

  key(...parts: string[]): string {
    return parts.join(':');
  }

  run<T>(command: (redis: SimulatedRedis) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        this.#pending.delete(lose);
        reject(new RedisUnavailable(reason));
      };
      const lose = () => fail('the connection was lost');
      if (!this.isUp) {
        fail('down');
        return;
      }
      this.#pending.add(lose);
      this.clock.after(commandLimitMs, () =>
        this.deliver(() => {
          if (!this.#pending.has(lose)) return;
          this.#goDown();
          fail('no answer in time');
        }),
      );
      this.#travel('commands', () =>
        this.redis.receive(() => {
          const answer = command(this.redis);
          this.#travel('answers', () =>
            this.deliver(() => {
              if (!this.#pending.delete(lose)) return;
              this.hasHeard = true;
              resolve(answer);
            }),
          );
        }),
      );
    });
  }

  /** Redis has closed the connection. */
  lose(): void {
    this.deliver(() => {
      for (const lose of [...this.#pending]) lose();
      this.#goDown();
    });
  }

  #travel(way: 'commands' | 'answers', arrive: () => void): void {
    if (this.cut === way || this.cut === 'both') return;
    this.clock.after(this.random() * 5, arrive);
  }

  #goDown(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.#probe();
  }

  #probe(): void {
    this.clock.after(probeEveryMs, () => {
      if (this.cut === 'none' && this.redis.isAlive && !this.redis.isFrozen)
        this.deliver(() => (this.isUp = true));
      else this.#probe();
    });
  }
}
