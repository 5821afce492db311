import { randomUUID } from 'node:crypto';
import type { Clock } from '../time/clock.js';
import { recoverAccount } from './account-recovery.js';
import type { Found } from './account-store.js';
import type { Account, Limit } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import { KnownAccounts } from './known-accounts.js';
import { Membership } from './membership.js';
import { RedisContact } from './redis-contact.js';
import { RedisTime } from '../redis/redis-time.js';
import { marginMs } from './slots.js';

/** The interval at which an instance gives a sign of life. */
export const beatEveryMs = 250;
/** After Redis has lost an account, each instance reports the calls that it knows within this time. */
export const graceMs = 2 * beatEveryMs;

export interface FleetViewOptions {
  instance: string;
  limit: Limit;
  /** The limit of an API over all HSS users. */
  total: Limit;
  longestCallMs: number;
}

/**
 * All that this instance learned from Redis's answers: the members, the clock, the gaps in the contact, and the last
 * known state of each account. FleetLedger keeps accounts here and restores them from here. The view itself never
 * calls Redis.
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
    // An instance that loses Redis grants nothing for at least one window. So an absence of one window misses no
    // call.
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

  /** Redis forgets a member after this time without a sign of life. */
  get lostForMs(): number {
    return this.#members.lostForMs;
  }

  /** The other members, as listed in Redis's last answer. */
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

  /** The account from Redis. If Redis may have lost a part, this instance's memory fills the gap. */
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
        // Other live instances have named the APIs of their calls in their signs of life, so no wait is necessary.
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

  /**
   * Whether the shared account must be compared with memory: Redis's clock was moved, or this instance was away for
   * long.
   */
  mustCompare(api: string): boolean {
    return this.#known.hasClockMoved(api) || this.#contact.othersBeforeAbsence(api) !== null;
  }

  /**
   * Whether this instance made calls that it must report to the other instances.
   * @param forMs calls are reported for this long after they have stopped counting: other instances may still wait
   * for the report.
   */
  hasOwnCalls(api: string, forMs: number): boolean {
    const { instance, limit } = this.options;
    const since = this.now - limit.windowMs - marginMs - forMs;
    const slots = this.#known.get(api)?.slots ?? [];
    return slots.some((slot) => slot.instance === instance && slot.from > since);
  }
}
