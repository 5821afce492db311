import { fingerprint, type Authentication, type UnsignedRequest } from './authentication.js';
import { CredentialRefused, UpstreamError } from '../errors.js';
import type { FetchedToken } from './iam-token.js';
import type { Clock } from '../../time/clock.js';

/** Renewal starts when this part of a token's life is over, so that no call ever waits for it in good times. */
const renewAfterLifePart = 0.8;
/** A token that ends within this time could end on the wire; less for one that does not live long anyway. */
const safetyMs = 30_000;
const safetyLifePart = 0.1;
const coolDownMs = 10_000;
/** Wrong passwords lock the account: after a refusal the password rests for as long as HSS would lock a key. */
const refusedCoolDownMs = 5 * 60_000;

interface HeldToken {
  value: string;
  /** On the monotonic clock: neither our wall clock nor IAM's can shorten or stretch a token's life. */
  renewAt: number;
  /** A little before it ends. */
  usableUntil: number;
}

/**
 * Sends IAM tokens, which live in this process only. One fetch serves all callers; a token is renewed in the
 * background before it ends; after a failed fetch nobody asks again for a while.
 */
export class IamAuthentication implements Authentication {
  #held: HeldToken | undefined;
  #fetching: Promise<HeldToken> | undefined;
  #failure: { error: UpstreamError; until: number } | undefined;

  constructor(
    private readonly user: { domain: string; user: string; password: string },
    private readonly clock: Clock,
    /** Bounded in time by itself: it serves many callers, so no single one can cancel it. */
    private readonly fetchToken: () => Promise<FetchedToken>,
  ) {}

  get fingerprint(): string {
    const { domain, user, password } = this.user;
    return fingerprint('iam', `${domain}/${user}`, password);
  }

  async authorize(request: UnsignedRequest): Promise<Record<string, string>> {
    return { ...request.headers, 'X-Auth-Token': await this.#token() };
  }

  /** Several calls can be refused with one token: only the first of them drops it. */
  refused(headers: Record<string, string>): boolean {
    if (this.#held?.value === headers['X-Auth-Token']) this.#held = undefined;
    return true;
  }

  async #token(): Promise<string> {
    const now = this.clock.monotonic();
    const held = this.#held;
    if (!held || now >= held.usableUntil) return (await this.#fetch()).value;
    // The old token still works while the new one is on its way, or cannot be had.
    if (now >= held.renewAt) this.#fetch().catch(() => undefined);
    return held.value;
  }

  #fetch(): Promise<HeldToken> {
    const restMs = (this.#failure?.until ?? 0) - this.clock.monotonic();
    if (this.#failure && restMs > 0) return Promise.reject(this.#resting(this.#failure.error, restMs));
    this.#fetching ??= this.#fetchOnce().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetchOnce(): Promise<HeldToken> {
    // Life is counted from before the request: a slow answer must not make the token look younger.
    const askedAt = this.clock.monotonic();
    try {
      const { value, lifeMs } = await this.fetchToken();
      this.#failure = undefined;
      const usableMs = lifeMs - Math.min(safetyMs, lifeMs * safetyLifePart);
      this.#held = { value, renewAt: askedAt + lifeMs * renewAfterLifePart, usableUntil: askedAt + usableMs };
      return this.#held;
    } catch (error) {
      const known = error instanceof UpstreamError ? error : tokenUnavailable();
      const restMs = known instanceof CredentialRefused ? refusedCoolDownMs : this.#pauseMs(known);
      this.#failure = { error: known, until: this.clock.monotonic() + restMs };
      throw known;
    }
  }

  /** Not the failure again: IAM was not asked, so nobody may count it as one more refusal. */
  #resting({ code, message, upstream }: UpstreamError, restMs: number): UpstreamError {
    return new UpstreamError(code, message, upstream, this.clock.now() + restMs);
  }

  #pauseMs(error: UpstreamError): number {
    return Math.max(coolDownMs, error.retryAt === null ? 0 : error.retryAt - this.clock.now());
  }
}

function tokenUnavailable(): UpstreamError {
  return new UpstreamError('upstream-unavailable', 'No IAM token could be fetched');
}
