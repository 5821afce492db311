import { randomUUID } from 'node:crypto';
import { RedisTime } from '../redis/redis-time.js';
import type { Clock } from '../time/clock.js';
import { recoverAccount } from './account-recovery.js';
import { freshMs } from './account-scripts.js';
import type { Found, Heard, Look, SignOfLife } from './account-store.js';
import type { Account, Limit } from './account.js';
import { sharedConditions, type BudgetConditions } from './budget-conditions.js';
import { holdSpare, isAtRest, noteSilence, renewShare, signOff, type Fleet } from './escrow.js';
import { KnownAccounts } from './known-accounts.js';
import { lostAfterMs, Membership, signOfLifeText } from './membership.js';

/** The interval at which an instance gives a sign of life. */
export const beatEveryMs = 250;
/** After Redis has lost an account, each instance reports the calls that it knows within this time. */
const graceMs = 2 * beatEveryMs;

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
  readonly known: KnownAccounts;
  readonly #time: RedisTime;
  /** Our monotonic time of Redis's last answer. */
  #answeredAt = -Infinity;
  /** Our monotonic time after which Redis has noticed no sign of life of this instance. */
  #signedAt = -Infinity;
  /** Redis's time since which this instance has noticed no loss of data in Redis. */
  #memberSince = 0;
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

  /** After this moment, on Redis's clock, Redis has noticed no sign of life of this instance. */
  get silentSince(): number {
    return this.now - this.clock.monotonic() + this.#signedAt;
  }

  get silentForMs(): number {
    return this.clock.monotonic() - this.#answeredAt;
  }

  /** @returns whether Redis's clock was set. */
  learn({ now, wasMember, members }: Heard, askedAt: number, heardAt: number): boolean {
    this.#answeredAt = heardAt;
    if (!wasMember || this.#memberSince === 0) this.#memberSince = now;
    this.members.learn(now, members, wasMember);
    const byMs = this.#time.learn({ redisMs: now, askedAt, heardAt });
    if (byMs !== 0) this.known.restart(byMs, now);
    return byMs !== 0;
  }

  /** A sign of life to be sent now. `takeBack`: Redis has refused it. */
  sign(): { sign: SignOfLife; takeBack: () => void } {
    const { instance, limit } = this.options;
    const share = Math.max(1, Math.floor(limit.limit / this.sharers));
    const sign = { name: instance, text: signOfLifeText(share, this.known.apis), sentAt: this.now };
    const before = this.#signedAt;
    this.#signedAt = Math.max(before, this.clock.monotonic() + freshMs);
    return { sign, takeBack: () => (this.#signedAt = before) };
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
        graceMs: this.members.live(now) > 1 ? 0 : Math.max(0, graceMs - Math.max(0, now - this.#memberSince)),
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

  /** Redis holds this account now, in this version. */
  keepShared(api: string, account: Account, version: string): void {
    this.known.keepShared(api, account, version);
    this.#sharedAt.set(api, this.clock.monotonic());
  }

  /** Whether the account in Redis is as this instance knows it, and an empty change would leave it so. */
  isAtRest(api: string, { now, home, versions }: Look): boolean {
    const account = this.known.get(api);
    if (!account || account.home !== home || !this.known.isCurrent(api, versions.get(api))) return false;
    if (!isAtRest(account, this.#fleet(api, now))) return false;
    this.#sharedAt.set(api, this.clock.monotonic());
    return true;
  }

  conditions(api: string, account: Account, found: Found): BudgetConditions {
    return sharedConditions(account, found, this.#fleet(api, found.now), this.options.total);
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
