import type { Account } from './account.js';
import { shiftTimes } from './account-times.js';

interface KnownAccount {
  account: Account;
  /** The value of `#movedMs` when the account was kept. */
  movedMs: number;
}

/**
 * Each account as this instance saw it last. FleetLedger goes on with this account while Redis is away, and restores
 * the shared account from it. The times are always given on Redis's present clock, even if that clock was moved
 * meanwhile.
 */
export class KnownAccounts {
  readonly #known = new Map<string, KnownAccount>();
  /** The sum of all moves of Redis's clock that this instance noticed. */
  #movedMs = 0;

  get apis(): string[] {
    return [...this.#known.keys()];
  }

  /** The account, with its times on Redis's present clock. Not a copy: do not change the account. */
  get(api: string): Account | undefined {
    const known = this.#known.get(api);
    if (!known) return undefined;
    const movedMs = this.#movedMs - known.movedMs;
    return movedMs === 0 ? known.account : shiftTimes(known.account, movedMs);
  }

  keep(api: string, account: Account): void {
    this.#known.set(api, { account, movedMs: this.#movedMs });
  }

  moveClock(byMs: number): void {
    this.#movedMs += byMs;
  }

  /** Whether Redis's clock was moved since this account was kept. */
  hasClockMoved(api: string): boolean {
    return (this.#known.get(api)?.movedMs ?? this.#movedMs) !== this.#movedMs;
  }
}
