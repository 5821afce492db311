import type { Clock } from '../time/clock.js';
import type { Account } from './account.js';
import { breakerState } from './breaker.js';

/** One moment on both clocks of this process. */
export interface Moment {
  monotonic: number;
  wall: number;
}

/** A grant older than this is checked against a fresh reading of the account. */
const freshGrantMs = 250;
/** A larger difference between the two clocks means: the process was suspended, or its wall clock was set. */
const clocksApartMs = 1_000;

/**
 * Decides, right before a call is sent, whether its grant is still valid. ApiBudget shows every reading of the
 * account to the check. The check never changes the account.
 */
export class GrantCheck {
  /** On the monotonic clock: no call may be sent before this time, as the last reading of the account said. */
  #shutUntil = 0;
  /** Like `#shutUntil`, for pauses that the account may not have yet. */
  #pausedUntil = 0;

  constructor(
    private readonly clock: Clock,
    private readonly instance: string,
    private readonly longestPreparationMs: number,
    /** The wall time of this host, in ms. A clock that follows another host's time cannot tell a suspension. */
    private readonly hostTime: () => number = () => clock.now(),
  ) {}

  moment(): Moment {
    return { monotonic: this.clock.monotonic(), wall: this.hostTime() };
  }

  /** Takes over a pause or an open breaker from the account. A call that ends well can close the breaker early. */
  observe(account: Account, now: number): void {
    const isOpen = breakerState(account, this.instance, now) === 'open';
    const until = Math.max(account.pausedUntil, isOpen ? account.breaker.openUntil : 0);
    this.#shutUntil = this.clock.monotonic() + until - now;
  }

  /** Forbids sending for `forMs` from now on. */
  shut(forMs: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.clock.monotonic() + forMs);
  }

  /**
   * @param since the moment at which the round that granted the call began.
   * @param readAccount reads the account, so that `observe` learns what other instances recorded since the grant.
   */
  async isValid(since: Moment, readAccount: () => Promise<unknown>): Promise<boolean> {
    const ageMs = () => this.clock.monotonic() - since.monotonic;
    if (ageMs() > freshGrantMs) await readAccount();
    const wallAgeMs = this.hostTime() - since.wall;
    if (ageMs() > this.longestPreparationMs || Math.abs(wallAgeMs - ageMs()) > clocksApartMs) return false;
    return Math.max(this.#shutUntil, this.#pausedUntil) <= this.clock.monotonic();
  }
}
