import { randomUUID } from 'node:crypto';
import { freshMs } from './account-scripts.js';
import { newAccount, type Account } from './account.js';
import type { FleetView, FleetViewOptions } from './fleet-view.js';
import type { Change, Transacted } from './ledger.js';
import { localConditions } from './local-ledger.js';
import { loneTerms, shareOf, type Holding, type LocalTerms, type LonePosition } from './lone-share.js';
import { lostAfterMs } from './membership.js';
import { isForeign, isSlotFree, marginMs } from './slots.js';

/**
 * The accounts of one instance of a fleet while Redis is away. Each account goes on from the last reading of the
 * shared account, with this instance's own calls and tickets only. FleetLedger uses it; lone-share.ts tells how many
 * calls are safe.
 */
export class LoneLedger {
  readonly #accounts = new Map<string, Account>();
  /** The APIs for which HSS has told of others' calls: no call until Redis is back. */
  readonly #stopped = new Set<string>();

  constructor(
    private readonly view: FleetView,
    private readonly options: FleetViewOptions,
  ) {}

  /** The APIs with calls or tickets that the shared accounts may lack. */
  get apis(): string[] {
    return [...this.#accounts.keys()];
  }

  transact<T>(api: string, change: Change<T>): Transacted<T> {
    const { now } = this.view;
    const account = this.#accounts.get(api) ?? this.#ownPart(api);
    this.#accounts.set(api, account);
    const before = { pausedUntil: account.pausedUntil, foreign: foreignCalls(account) };
    const terms = this.#terms(api, account, now);
    const result = change(account, localConditions(this.options.instance, terms, now));
    if (account.pausedUntil > before.pausedUntil || foreignCalls(account) > before.foreign)
      this.#believeHss(api);
    this.view.known.keepLone(api, account);
    return { result, now };
  }

  /** Whether a call is possible now, so that there is no need to wait for Redis. */
  mayCall(api: string): boolean {
    const { now } = this.view;
    const account = this.#ownPart(api);
    const { limit, opensAt } = this.#terms(api, account, now);
    return opensAt <= now && account.blockedUntil <= now && isSlotFree(account, [limit], now);
  }

  /** The account is in Redis again. */
  drop(api: string): void {
    this.#accounts.delete(api);
    this.#stopped.delete(api);
  }

  /** Redis's clock was set: goes on with the accounts as the view knows them now. */
  restart(): void {
    for (const api of this.apis) this.#accounts.set(api, this.#ownPart(api));
  }

  #ownPart(api: string): Account {
    const { instance } = this.options;
    const known = this.view.known.get(api);
    const account = known ? structuredClone(known) : newAccount(randomUUID(), 'memory');
    account.slots = account.slots.filter((slot) => slot.instance === instance);
    account.tickets = account.tickets.filter((ticket) => ticket.instance === instance);
    return account;
  }

  #terms(api: string, account: Account, now: number): LocalTerms {
    const { limit } = this.options;
    const holding = this.view.known.holding(api);
    // Redis forgets a silent member long before the account does.
    const knowsNobody = this.view.members.others.length === 0 && this.#othersShare(api) === 0;
    if (!holding || (holding.share === 0 && knowsNobody))
      return { limit: shareOf(limit, this.view.sharers), opensAt: 0 };
    const terms = loneTerms(account, this.#position(holding), now);
    const opensAt = this.#stopped.has(api) ? now + limit.windowMs : terms.opensAt;
    return { ...terms, opensAt, othersShare: this.#othersShare(api) };
  }

  #position(holding: Holding): LonePosition {
    const { limit, longestCallMs } = this.options;
    // A change that another instance began before it noticed the silence can reach Redis a little later.
    const noticedAt = this.view.silentSince + lostAfterMs + freshMs;
    return { limit, holding, noticedAt, settledAt: noticedAt + longestCallMs + limit.windowMs + marginMs };
  }

  /**
   * In a fleet of unknown size the others take over the share of a silent instance after two windows. If HSS then
   * tells of more calls than instances without Redis make, the others do share a Redis.
   */
  #believeHss(api: string): void {
    if (this.options.fleetSize === 1 && this.#othersShare(api) > 0) this.#stopped.add(api);
  }

  #othersShare(api: string): number {
    const owners = Object.entries(this.view.known.get(api)?.owners ?? {});
    return owners.reduce((sum, [name, { share }]) => (name === this.options.instance ? sum : sum + share), 0);
  }
}

function foreignCalls({ slots }: Account): number {
  return slots.filter(isForeign).length;
}
