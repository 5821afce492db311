import { randomUUID } from 'node:crypto';
import { RedisUnavailable, type RedisLink } from '../../redis/redis-link.js';
import type { Log } from '../../telemetry/log.js';
import { sleep, type Clock } from '../clock.js';
import { AccountStore, type Found, type Told } from './account-store.js';
import { newAccount, type Account, type Limit, type Slot } from './account.js';
import type { Change, Ledger, Situation, Transacted } from './ledger.js';
import { LocalLedger } from './local-ledger.js';
import { deadAfterMs, Membership } from './membership.js';
import { recall } from './memory-of-loss.js';
import { marginMs } from './slots.js';

const beatEveryMs = 1_000;
/** An account that a fresh Redis does not have may be known to an instance whose next beat is not due yet. */
const graceMs = 2 * beatEveryMs;
/** A Redis that stumbles is waited for this long where others share the rate: alone, nothing could be granted at all. */
const stumbleMs = 1_000;
const mostTries = 50;

export interface FleetLedgerOptions {
  instance: string;
  user: string;
  limit: Limit;
  total: Limit;
  fleetSize: number;
}

/** What this instance knows of an account: to go on with without Redis, and to restore it when it was lost. */
interface Known {
  epoch: string;
  text: string;
  ownSlots: Slot[];
  /** Its times minus our monotonic clock. */
  offsetMs: number;
}

/** Accounts that the fleet shares through Redis. While Redis is away it goes on in memory with this instance's share. */
export class FleetLedger implements Ledger {
  readonly #store: AccountStore;
  readonly #members: Membership;
  readonly #local: LocalLedger;
  #cancelBeat: (() => void) | undefined;
  #isClosed = false;
  #state: 'unknown' | 'shared' | 'alone' = 'unknown';
  /** The time of accounts minus our monotonic clock: Redis's, once it has been reached. */
  #offsetMs: number;
  /** On our monotonic clock. */
  #lastContact = -Infinity;
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
    this.#offsetMs = clock.now() - clock.monotonic();
    const now = () => clock.monotonic() + this.#offsetMs;
    this.#local = new LocalLedger(now, instance, limit, () => this.#sharers);
    this.#beat();
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
    return Math.max(this.#members.others.length + 1, this.options.fleetSize);
  }

  #isStumbling(reason: unknown): boolean {
    if (reason !== undefined && !(reason instanceof RedisUnavailable)) return false;
    const silentForMs = this.clock.monotonic() - this.#lastContact;
    return this.#state === 'shared' && this.#sharers > 1 && silentForMs < stumbleMs && !this.#isClosed;
  }

  /** Each change is told once, not with every call. */
  #enter(state: 'shared' | 'alone', error?: unknown): void {
    if (state === this.#state) return;
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
      const offsetMs = now - this.clock.monotonic();
      const account = this.#recall(api, found, offsetMs);
      const result = change(account, this.#situation(found));
      const text = JSON.stringify(account);
      if (text === found.text || (await this.#store.write(api, found, account, text, this.#told(api)))) {
        this.#offsetMs = offsetMs;
        this.#local.drop(api);
        this.#remember(api, account, text);
        return { result, now, epoch: account.epoch };
      }
      // Somebody was faster. A random pause keeps two from doing so for ever.
      await sleep(this.clock, Math.random() * Math.min(shortWaitMs, 2 * (tries + 1)));
    }
    throw new Error('The account of the call budget is too busy');
  }

  #situation({ now, totalUsed }: Found): Situation {
    const { limit, total } = this.options;
    return {
      now,
      limit,
      reserved: this.#members.reserved(now),
      isLive: (name) => this.#members.isLive(name, now),
      liveInstances: this.#members.live(now),
      totalRoom: total.limit - totalUsed,
      isShared: true,
    };
  }

  /** The account as Redis has it, completed by what this instance knows when something was lost. */
  #recall(api: string, { account, home, now, serverAgeMs }: Found, offsetMs: number): Account {
    const { instance, limit } = this.options;
    const known = this.#known.get(api);
    // Small differences are the way to Redis; large ones are another clock.
    const shiftMs = known && Math.abs(offsetMs - known.offsetMs) > 1_000 ? offsetMs - known.offsetMs : 0;
    const shifted = (slot: Slot) => ({
      ...slot,
      grantedAt: slot.grantedAt + shiftMs,
      from: slot.from + shiftMs,
    });
    return recall(
      {
        account,
        home,
        instance,
        now,
        windowMs: limit.windowMs,
        newEpoch: randomUUID,
        graceMs: Math.max(0, graceMs - serverAgeMs),
      },
      {
        epoch: known?.epoch ?? null,
        others: this.#members.knowing(api),
        ownSlots: (known?.ownSlots ?? []).map(shifted),
      },
    );
  }

  #remember(api: string, { epoch, slots }: Account, text: string): void {
    const ownSlots = slots.filter(({ instance }) => instance === this.options.instance);
    this.#known.set(api, { epoch, text, ownSlots, offsetMs: this.#offsetMs });
  }

  /**
   * Goes on from what was last seen. The others may have called since, and go on to use the whole rate until they
   * miss this instance: so where there are others nothing is granted until a window after that. From then on everybody
   * keeps to a share.
   */
  #alone<T>(api: string, change: Change<T>): Promise<Transacted<T>> {
    if (!this.#local.holds(api)) {
      const { instance, limit } = this.options;
      const known = this.#known.get(api);
      const account = known ? (JSON.parse(known.text) as Account) : newAccount(randomUUID(), 'memory');
      account.tickets = account.tickets.filter((ticket) => ticket.instance === instance);
      account.blockedUntil = Math.min(account.blockedUntil, this.#local.now + limit.windowMs);
      if (this.#members.others.length > 0)
        account.blockedUntil = this.#lastContact + this.#offsetMs + deadAfterMs + limit.windowMs;
      this.#local.adopt(api, account);
    }
    return this.#local.transact(api, (account, situation) => {
      const result = change(account, situation);
      this.#remember(api, account, JSON.stringify(account));
      return result;
    });
  }

  async #read(api: string, told: Told | null): Promise<Found> {
    const found = await this.#store.read(api, told);
    this.#members.learn(found.now, found.members);
    const contact = this.clock.monotonic();
    // Away for longer than others keep still: they may have called without Redis, and must tell first.
    if (contact - this.#lastContact > this.options.limit.windowMs)
      for (const known of this.#known.values()) known.epoch = 'away';
    this.#lastContact = contact;
    return found;
  }

  /**
   * An instance that called without Redis is taken for lost, and its share is left to it, until the accounts know
   * of these calls; so until then it says nothing.
   */
  #told(api: string | null): Told | null {
    if (this.#local.apis.some((each) => each !== api)) return null;
    const apis = [...this.#known.keys()].filter((each) => this.#knowsCalls(each, 0)).join(' ');
    return { name: this.options.instance, apis };
  }

  #beat(): void {
    this.#cancelBeat = this.clock.after(beatEveryMs, () => {
      void this.#hearAndTell()
        .catch(() => undefined)
        .then(() => {
          if (!this.#isClosed) this.#beat();
        });
    });
  }

  /** Whoever finds an account lost waits for everyone who made calls, also those that have none to make now. */
  async #hearAndTell(): Promise<void> {
    await this.#read('beat', this.#told(null));
    for (const api of this.#known.keys())
      if (this.#knowsCalls(api, graceMs)) await this.#shared(api, () => undefined);
  }

  /** @param forMs how long calls are told of after they stopped to count: others still may wait to hear of them. */
  #knowsCalls(api: string, forMs: number): boolean {
    const { ownSlots = [], offsetMs = 0 } = this.#known.get(api) ?? {};
    const since = this.clock.monotonic() + offsetMs - this.options.limit.windowMs - marginMs - forMs;
    return this.#local.holds(api) || ownSlots.some(({ from }) => from > since);
  }
}

const shortWaitMs = 20;
