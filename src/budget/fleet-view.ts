import { randomUUID } from 'node:crypto';
import { RedisTime } from '../redis/redis-time.js';
import type { Clock } from '../time/clock.js';
import { recoverAccount } from './account-recovery.js';
import { freshMs } from './account-scripts.js';
import type { Found } from './account-store.js';
import type { Account, Limit } from './account.js';
import type { BudgetConditions } from './budget-conditions.js';
import {
  firstGoneAt,
  freeSlots,
  heldByOthers,
  holdSpare,
  noteSilence,
  renewShare,
  sharedLimit,
  signOff,
  type Fleet,
} from './escrow.js';
import { KnownAccounts } from './known-accounts.js';
import { shareOf, type LonePosition } from './lone-share.js';
import { lostAfterMs, Membership } from './membership.js';
import { RedisContact } from './redis-contact.js';
import { marginMs } from './slots.js';

/** The interval at which an instance gives a sign of life. */
export const beatEveryMs = 250;
/** After Redis has lost an account, each instance reports the calls that it knows within this time. */
const graceMs = 2 * beatEveryMs;
/** Another instance gives its spare slots back within a beat. A waiting load looks for them this often. */
const spareSoonMs = 50;

export interface FleetViewOptions {
  instance: string;
  limit: Limit;
  /** The limit of an API over all HSS users. */
  total: Limit;
  longestCallMs: number;
  /** The least number of instances that share the rate, from the settings. */
  fleetSize: number;
}

/**
 * All that this instance learned from Redis's answers: the members, the clock, the last contact, and the last known
 * state of each account. FleetLedger keeps accounts here and restores them from here. The view itself never calls
 * Redis.
 */
export class FleetView {
  readonly members: Membership;
  readonly contact = new RedisContact();
  readonly known: KnownAccounts;
  readonly #time: RedisTime;
  /** Our monotonic time of the last change of each account. */
  readonly #sharedAt = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly options: FleetViewOptions,
  ) {
    const { instance, limit, longestCallMs } = options;
    this.members = new Membership(instance, limit);
    this.known = new KnownAccounts(instance, limit, longestCallMs);
    this.#time = new RedisTime(clock.now() - clock.monotonic());
  }

  /** Redis's time in ms, continued on our monotonic clock. */
  get now(): number {
    return this.clock.monotonic() + this.#time.offsetMs;
  }

  get silentForMs(): number {
    return this.clock.monotonic() - this.contact.answeredAt;
  }

  /** @returns whether Redis's clock was set. */
  learn({ now, wasMember, members }: Found, askedAt: number, heardAt: number): boolean {
    this.contact.note(heardAt, now, wasMember);
    this.members.learn(now, members, wasMember);
    const byMs = this.#time.learn({ redisMs: now, askedAt, heardAt });
    if (byMs !== 0) this.known.restart(byMs, now);
    return byMs !== 0;
  }

  /** Notes a sign of life that is about to be sent. @returns a function that takes it back: Redis has refused it. */
  sign(): () => void {
    return this.contact.sign(this.clock.monotonic() + freshMs);
  }

  /**
   * The account from Redis, ready to be changed by this instance. If Redis may have lost a part, this instance's memory
   * fills the gap. This instance's spare slots are free for the change.
   */
  open(api: string, { account, home, now }: Found): Account {
    const { instance, limit, longestCallMs } = this.options;
    if (!this.known.isRestarted(api)) this.known.noteRead(api, account);
    const isLive = (name: string) => this.members.isLive(name, now);
    const recovered = recoverAccount(
      {
        account,
        home,
        instance,
        now,
        windowMs: limit.windowMs,
        longestCallMs,
        newEpoch: randomUUID,
        isLive,
        // Other live instances have named the APIs of their calls in their signs of life, so no wait is necessary.
        graceMs: this.members.live(now) > 1 ? 0 : Math.max(0, graceMs - this.contact.memberForMs(now)),
      },
      {
        account: this.known.get(api),
        isRestarted: this.known.isRestarted(api),
        others: this.#othersKnowing(api, account, now),
      },
    );
    const fleet = this.#fleet(api, now);
    noteSilence(recovered, fleet);
    renewShare(recovered, fleet);
    return recovered;
  }

  /** After the change: takes free slots into escrow, or gives everything back when this instance leaves. */
  settle(api: string, account: Account, now: number, isLeaving: boolean): void {
    if (isLeaving) signOff(account, this.options.instance);
    else holdSpare(account, this.#fleet(api, now));
  }

  /** The account is in Redis now. */
  keepShared(api: string, account: Account): void {
    this.known.keepShared(api, account);
    this.#sharedAt.set(api, this.clock.monotonic());
  }

  /** Keeps a copy of the account with which this instance goes on alone, beside the calls of the others. */
  keepLone(api: string, account: Account): void {
    const { instance } = this.options;
    const others = this.known.get(api)?.slots.filter((slot) => slot.instance !== instance) ?? [];
    this.known.keep(api, {
      ...structuredClone(account),
      slots: [...structuredClone(account.slots), ...others],
    });
  }

  conditions(api: string, account: Account, found: Found): BudgetConditions {
    const { now, totalUsed, totalFreeAt } = found;
    const { limit, total } = this.options;
    const fleet = this.#fleet(api, now);
    const { spare, silent } = heldByOthers(account, fleet);
    const isAllHeld = silent >= sharedLimit(account, fleet);
    const isTotalUsed = totalUsed >= total.limit;
    const room = spare > 0 || isAllHeld ? freeSlots(account, fleet) : Infinity;
    return {
      now,
      configuredLimit: limit,
      reserved: silent,
      isLive: fleet.isLive,
      liveInstances: fleet.liveInstances,
      totalRoom: Math.min(total.limit - totalUsed, Math.max(0, room)),
      totalFreeAt: Math.max(
        isTotalUsed ? totalFreeAt : now + spareSoonMs,
        isAllHeld ? firstGoneAt(account, fleet) : 0,
      ),
      isShared: true,
    };
  }

  /** What this instance may use without Redis; a fixed limit if it has no share and knows of nobody else. */
  loneTerms(api: string): LonePosition | Limit {
    const { limit, longestCallMs } = this.options;
    const holding = this.known.holding(api);
    const knowsNobody = this.members.others.length === 0;
    if (!holding || (holding.share === 0 && knowsNobody)) return shareOf(limit, this.sharers);
    const offsetMs = this.now - this.clock.monotonic();
    const noticedAt = this.contact.signedAt + lostAfterMs + freshMs + offsetMs;
    return { limit, holding, noticedAt, settledAt: noticedAt + longestCallMs + limit.windowMs + marginMs };
  }

  /** The number of instances that share the rate. */
  get sharers(): number {
    return Math.max(this.options.fleetSize, this.members.others.length + 1);
  }

  /**
   * The other instances that may know calls that a lost account lacks. An instance that was silent before cannot report:
   * its calls and its share are in this instance's memory.
   */
  #othersKnowing(api: string, found: Account | undefined, now: number): string[] {
    const remembered = this.known.isRestarted(api) && found ? {} : this.known.get(api)?.owners;
    const owners: NonNullable<Account['owners']> = { ...found?.owners, ...remembered };
    const isSilent = (name: string) => now - (owners[name]?.lost?.at ?? now) > lostAfterMs;
    const names = new Set([...this.members.knowing(api), ...Object.keys(owners)]);
    return [...names].filter((name) => name !== this.options.instance && !isSilent(name));
  }

  #fleet(api: string, now: number): Fleet {
    const { instance, limit, fleetSize } = this.options;
    const liveInstances = this.members.live(now);
    const sharedForMs = this.clock.monotonic() - (this.#sharedAt.get(api) ?? -Infinity);
    return {
      instance,
      now,
      limit,
      fleetSize,
      liveInstances,
      isLive: (name) => this.members.isLive(name, now),
      couldHearNobody: liveInstances === 1 && sharedForMs > lostAfterMs,
    };
  }
}
