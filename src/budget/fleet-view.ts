import { randomUUID } from 'node:crypto';
import type { Clock } from '../time/clock.js';
import { recoverAccount } from './account-recovery.js';
import type { Found } from './account-store.js';
import type { Account, Limit } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import { KnownAccounts } from './known-accounts.js';
import { Membership } from './membership.js';
import { RedisContact } from './redis-contact.js';
import { RedisTime } from './redis-time.js';
import { marginMs } from './slots.js';

/** How often an instance gives a sign of life. */
export const beatEveryMs = 250;
/** An instance that knows calls of an account that Redis lost reports these calls within this time. */
export const graceMs = 2 * beatEveryMs;

export interface FleetViewOptions {
  instance: string;
  limit: Limit;
  /** The limit of an API over all HSS users. */
  total: Limit;
  longestCallMs: number;
}

/**
 * All that this instance learned from Redis's answers: the members, the clock, the gaps in the contact, and each
 * account as it was last. FleetLedger asks the view how to go on. The view itself never calls Redis.
 */
export class FleetView {
  readonly #members: Membership;
  readonly #time: RedisTime;
  readonly #contact: RedisContact;
  readonly #known = new KnownAccounts();

  constructor(
    private readonly clock: Clock,
    private readonly options: FleetViewOptions,
  ) {
    const { instance, limit } = options;
    this.#members = new Membership(instance, limit);
    this.#time = new RedisTime(clock.now() - clock.monotonic());
    // Other instances without Redis grant nothing for more than one window, so a shorter absence misses no calls.
    this.#contact = new RedisContact(limit.windowMs);
  }

  /** Redis's time in ms, continued on our monotonic clock. */
  get now(): number {
    return this.clock.monotonic() + this.#time.offsetMs;
  }

  /** Redis's time of its last answer. */
  get lastContactAt(): number {
    return this.#contact.lastAt + this.#time.offsetMs;
  }

  get silentForMs(): number {
    return this.clock.monotonic() - this.#contact.lastAt;
  }

  /** A member that Redis has not heard of for longer is forgotten. */
  get lostForMs(): number {
    return this.#members.lostForMs;
  }

  /** The other members when Redis answered last. */
  get others(): string[] {
    return this.#members.others;
  }

  /** The APIs whose accounts this instance knows. */
  get apis(): string[] {
    return this.#known.apis;
  }

  /** The account as this instance saw it last. Not a copy: do not change it. */
  known(api: string): Account | undefined {
    return this.#known.get(api);
  }

  learn({ now, wasMember, members }: Found, askedAt: number, heardAt: number): void {
    this.#contact.note({ now, wasMember, heardAt, others: this.#members.others });
    this.#members.learn(now, members);
    this.#known.moveClock(this.#time.learn({ redisMs: now, askedAt, heardAt }));
  }

  /** Keeps the account as it is in Redis now. */
  keepShared(api: string, account: Account): void {
    this.#contact.compared(api);
    this.#known.keep(api, account);
  }

  /** Keeps a copy of the account with which this instance goes on alone. */
  keepLone(api: string, account: Account): void {
    this.#known.keep(api, structuredClone(account));
  }

  conditions({ now, totalUsed, totalFreeAt }: Found): BudgetConditions {
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

  /** The account as Redis has it, completed from this instance's memory when Redis may have lost a part. */
  recover(api: string, { account, home, now }: Found): Account {
    const { instance, limit, longestCallMs } = this.options;
    const othersBefore = this.#contact.othersBeforeAbsence(api);
    return recoverAccount(
      {
        account,
        home,
        instance,
        now,
        windowMs: limit.windowMs,
        longestCallMs,
        newEpoch: randomUUID,
        // Other live instances would have reported by now that they know calls.
        graceMs: this.#members.live(now) > 1 ? 0 : Math.max(0, graceMs - this.#contact.memberForMs(now)),
        hasClockMoved: this.#known.hasClockMoved(api),
      },
      {
        account: this.#known.get(api),
        wasAway: othersBefore !== null,
        others: [...new Set([...this.#members.knowing(api), ...(othersBefore ?? [])])],
      },
    );
  }

  /** The shared account must be compared with memory: Redis's clock was moved, or this instance was away for long. */
  mustCompare(api: string): boolean {
    return this.#known.hasClockMoved(api) || this.#contact.othersBeforeAbsence(api) !== null;
  }

  /**
   * Whether this instance knows calls of its own that others must hear of.
   * @param forMs how long calls are reported after they stopped to count: other instances may still wait for them.
   */
  hasOwnCalls(api: string, forMs: number): boolean {
    const { instance, limit } = this.options;
    const since = this.now - limit.windowMs - marginMs - forMs;
    const slots = this.#known.get(api)?.slots ?? [];
    return slots.some((slot) => slot.instance === instance && slot.from > since);
  }
}
