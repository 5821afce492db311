import { randomUUID } from 'node:crypto';
import { RedisUnavailable, type RedisLink } from '../redis/redis-link.js';
import type { Log } from '../telemetry/log.js';
import { sleep, type Clock } from '../time/clock.js';
import { AccountStore, type Found, type Told } from './account-store.js';
import { newAccount, type Account, type Limit } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import type { Change, Ledger, Transacted } from './ledger.js';
import { LocalLedger } from './local-ledger.js';
import { deadAfterMs, Membership } from './membership.js';
import { recoverAccount } from './account-recovery.js';
import { RedisTime } from './redis-time.js';
import { marginMs } from './slots.js';

const beatEveryMs = 250;
/** Whoever knows calls that a Redis has lost tells so with its next beat. */
const graceMs = 2 * beatEveryMs;
/** A Redis that stumbles is waited for this long where others share the rate: alone, nothing could be granted at all. */
const stumbleMs = 1_000;
const shortWaitMs = 20;
const mostTries = 50;

export interface FleetLedgerOptions {
  instance: string;
  user: string;
  limit: Limit;
  total: Limit;
  fleetSize: number;
  longestCallMs: number;
}

/** What this instance knows of an account: to go on with without Redis, and to restore it when it was lost. */
interface Known {
  account: Account;
  /** By how much Redis's clock had been moved by then, in all. */
  movedMs: number;
}

/** Accounts that the fleet shares through Redis. While Redis is away it goes on in memory with this instance's share. */
export class FleetLedger implements Ledger {
  readonly #store: AccountStore;
  readonly #members: Membership;
  readonly #local: LocalLedger;
  #cancelBeat: (() => void) | undefined;
  #isClosed = false;
  #state: 'unknown' | 'shared' | 'alone' = 'unknown';
  readonly #time: RedisTime;
  /** In all, by how much Redis's clock was moved while we looked. */
  #movedMs = 0;
  /** On our monotonic clock. */
  #lastContact = -Infinity;
  /** On Redis's clock: its last answer, and since when it has lost nothing that we know of. */
  #lastHeard = 0;
  #memberSince = 0;
  /** How many shared the rate when Redis was lost. */
  #aloneAmong = 0;
  /** After a long absence: who was there before it, and the accounts that have been compared since. */
  #away: { others: readonly string[]; compared: Set<string> } | null = null;
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: FleetLedgerOptions,
  ) {
    const { instance, user, limit, total } = options;
    this.#members = new Membership(instance, limit);
    this.#store = new AccountStore(redis, user, total, this.#members.lostForMs);
    this.#time = new RedisTime(clock.now() - clock.monotonic());
    const now = () => clock.monotonic() + this.#time.offsetMs;
    this.#local = new LocalLedger(now, instance, limit, () => this.#sharers);
    this.#beat(0);
  }

  async transact<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    let reason: unknown;
    do {
      if (this.redis.isUp) {
        try {
          const done = await this.#shared(api, change);
          this.#enter('shared');
          return done;
        } catch (error) {
          reason = error;
        }
      }
    } while (this.#isStumbling(reason) && (await sleep(this.clock, shortWaitMs).then(() => true)));
    // Redis is away, full or too busy: the share of this instance is safe to use.
    this.#enter('alone', reason);
    return this.#alone(api, change);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelBeat?.();
    await this.#store.leave(this.options.instance).catch(() => undefined);
  }

  get #sharers(): number {
    const members = Math.max(this.#members.others.length + 1, this.options.fleetSize);
    return this.#state === 'alone' ? Math.max(members, this.#aloneAmong) : members;
  }

  #isStumbling(reason: unknown): boolean {
    if (reason !== undefined && !(reason instanceof RedisUnavailable)) return false;
    const silentForMs = this.clock.monotonic() - this.#lastContact;
    return this.#state === 'shared' && this.#sharers > 1 && silentForMs < stumbleMs && !this.#isClosed;
  }

  /** Each change is told once, not with every call. */
  #enter(state: 'shared' | 'alone', error?: unknown): void {
    if (state === this.#state) return;
    if (state === 'alone') this.#aloneAmong = this.#sharers;
    this.#state = state;
    if (state === 'shared') {
      this.log.info('The call budget is shared through Redis');
      void this.#warnOfEviction().catch(() => undefined);
    } else {
      const reason = error instanceof Error ? error.message : undefined;
      const sharers = this.#sharers;
      this.log.warn({ sharers, reason }, 'The call budget is not shared: keeping to a share of the rate');
    }
  }

  async #warnOfEviction(): Promise<void> {
    const policy = await this.#store.evictionPolicy();
    if (policy !== null && policy !== 'noeviction')
      this.log.warn(
        { policy },
        'Redis may evict the call budget when it is full, which costs a window without calls each time: set maxmemory-policy noeviction',
      );
  }

  async #shared<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const found = await this.#read(api, this.#told(null));
      const { now } = found;
      const account = this.#recall(api, found);
      const result = change(account, this.#conditions(found));
      const text = JSON.stringify(account);
      if (text === found.text || (await this.#store.write(api, found, account, text, this.#told(api)))) {
        this.#local.drop(api);
        this.#away?.compared.add(api);
        this.#known.set(api, { account, movedMs: this.#movedMs });
        return { result, now, epoch: account.epoch };
      }
      // Somebody was faster. A random pause keeps two from doing so for ever.
      await sleep(this.clock, Math.random() * Math.min(shortWaitMs, 2 * (tries + 1)));
    }
    throw new Error('The account of the call budget is too busy');
  }

  #conditions({ now, totalUsed, totalFreeAt }: Found): BudgetConditions {
    const { limit, total } = this.options;
    return {
      now,
      configuredLimit: limit,
      reserved: this.#members.reserved(now),
      isLive: (name) => this.#members.isLive(name, now),
      liveInstances: this.#members.live(now),
      totalRoom: total.limit - totalUsed,
      totalFreeAt,
      isShared: true,
    };
  }

  /** The account as Redis has it, completed by what this instance knows when something was lost. */
  #recall(api: string, { account, home, now }: Found): Account {
    const { instance, limit, longestCallMs } = this.options;
    const away = this.#away?.compared.has(api) === false ? this.#away : null;
    const memberForMs = now - this.#memberSince;
    return recoverAccount(
      {
        ...{ account, home, instance, now, longestCallMs },
        hasClockMoved: this.#hasMovedSince(api),
        windowMs: limit.windowMs,
        newEpoch: randomUUID,
        // Others would have told by now that they know calls.
        graceMs: this.#members.live(now) > 1 ? 0 : Math.max(0, graceMs - Math.max(0, memberForMs)),
      },
      {
        account: this.#remembered(api),
        wasAway: away !== null,
        others: [...new Set([...this.#members.knowing(api), ...(away?.others ?? [])])],
      },
    );
  }

  /** In the time of now. */
  #remembered(api: string): Account | undefined {
    const known = this.#known.get(api);
    if (!known) return undefined;
    const movedMs = this.#movedMs - known.movedMs;
    return movedMs === 0 ? known.account : shifted(known.account, movedMs);
  }

  /**
   * Goes on from what was last seen. The others may have called since, and go on to use the whole rate until they
   * miss this instance: so where there are others nothing is granted until a window after that. From then on everybody
   * keeps to a share, one after the other.
   */
  #alone<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    if (!this.#local.holds(api)) {
      const { instance, limit } = this.options;
      const remembered = this.#remembered(api);
      const account = remembered ? structuredClone(remembered) : newAccount(randomUUID(), 'memory');
      account.tickets = account.tickets.filter((ticket) => ticket.instance === instance);
      account.blockedUntil = Math.min(account.blockedUntil, this.#local.now + limit.windowMs);
      const { others } = this.#members;
      if (others.length > 0) {
        const rank = others.filter((name) => name < instance).length;
        const turnMs = (rank * limit.windowMs) / limit.limit;
        account.blockedUntil =
          this.#lastContact + this.#time.offsetMs + deadAfterMs(limit) + limit.windowMs + turnMs;
      }
      this.#local.adopt(api, account);
    }
    return this.#local.transact(api, (account, conditions) => {
      const result = change(account, conditions);
      this.#known.set(api, { account: structuredClone(account), movedMs: this.#movedMs });
      return result;
    });
  }

  #hasMovedSince(api: string): boolean {
    return (this.#known.get(api)?.movedMs ?? this.#movedMs) !== this.#movedMs;
  }

  async #read(api: string, told: Told | null): Promise<Found> {
    const askedAt = this.clock.monotonic();
    const found = await this.#store.read(api, told);
    const heardAt = this.clock.monotonic();
    // Away for longer than others keep still: they may have called without Redis, and must tell first.
    if (this.#lastHeard > 0 && found.now - this.#lastHeard > this.options.limit.windowMs)
      this.#away = { others: this.#members.others, compared: new Set() };
    this.#lastContact = heardAt;
    this.#members.learn(found.now, found.members);
    if (!found.wasMember || this.#memberSince === 0) this.#memberSince = found.now;
    this.#lastHeard = found.now;
    this.#movedMs += this.#time.learn({ redisMs: found.now, askedAt, heardAt });
    return found;
  }

  /**
   * An instance that called without Redis is taken for lost, and its share is left to it, until the accounts know
   * of these calls; so until then it says nothing.
   */
  #told(api: string | null): Told | null {
    const { instance, limit } = this.options;
    if (this.#local.apis.some((each) => each !== api)) return null;
    const apis = new Set([...this.#known.keys()].filter((each) => this.#knowsCalls(each, 0)));
    if (api !== null) apis.add(api);
    const share = Math.max(1, Math.floor(limit.limit / this.#sharers));
    return { name: instance, text: [share, ...apis].join(' ') };
  }

  #beat(inMs: number): void {
    this.#cancelBeat = this.clock.after(inMs, () => {
      void this.#hearAndTell()
        .catch(() => undefined)
        .then(() => {
          if (!this.#isClosed) this.#beat(beatEveryMs);
        });
    });
  }

  /** Whoever finds an account lost waits for everyone who made calls, also those that have none to make now. */
  async #hearAndTell(): Promise<void> {
    if (!this.redis.isUp) return;
    await this.#read('beat', this.#told(null));
    for (const api of this.#known.keys())
      if (
        this.#hasMovedSince(api) ||
        this.#away?.compared.has(api) === false ||
        this.#knowsCalls(api, graceMs)
      )
        await this.#shared(api, () => undefined);
  }

  /** @param forMs how long calls are told of after they stopped to count: others still may wait to hear of them. */
  #knowsCalls(api: string, forMs: number): boolean {
    const own = (this.#remembered(api)?.slots ?? []).filter(
      ({ instance }) => instance === this.options.instance,
    );
    const since =
      this.clock.monotonic() + this.#time.offsetMs - this.options.limit.windowMs - marginMs - forMs;
    return this.#local.holds(api) || own.some(({ from }) => from > since);
  }
}

/** A copy whose times are by a clock that was moved. */
function shifted(account: Account, byMs: number): Account {
  const copy = structuredClone(account);
  const move = (at: number) => (at === 0 ? 0 : at + byMs);
  for (const slot of copy.slots)
    Object.assign(slot, {
      from: slot.from + byMs,
      grantedAt: slot.grantedAt + byMs,
      endedAt: slot.endedAt === null ? null : slot.endedAt + byMs,
    });
  for (const ticket of copy.tickets)
    Object.assign(ticket, {
      since: ticket.since + byMs,
      until: ticket.until + byMs,
      promisedAt: move(ticket.promisedAt),
    });
  Object.assign(copy, {
    blockedUntil: move(copy.blockedUntil),
    pausedUntil: move(copy.pausedUntil),
    lastConsumerAt: move(copy.lastConsumerAt),
    lastBackgroundAt: move(copy.lastBackgroundAt),
    retries: copy.retries.map(move),
  });
  copy.breaker.openUntil = move(copy.breaker.openUntil);
  if (copy.learned) copy.learned.until += byMs;
  return copy;
}
