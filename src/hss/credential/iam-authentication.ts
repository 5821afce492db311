/**
 * Authenticates calls of HSS with an IAM token. One fetch of a token serves all callers, and a token is renewed in
 * the background before it ends, through the credential gate. After a failed fetch IAM is not asked again for a while. Tokens stay in the memory
 * of this process and are never logged.
 */
import { fingerprint, type Authentication, type UnsignedRequest } from './authentication.js';
import { CredentialRefused, UpstreamError } from '../errors.js';
import type { FetchedToken } from './iam-token.js';
import type { Clock } from '../../time/clock.js';
import { ServiceStopping } from '../../time/deadline.js';

/** Renewal starts after this part of a token's life, so that calls normally never wait for a token. */
const renewAfterLifePart = 0.8;
/**
 * A token that ends within this time could end while a request is under way. Short-lived tokens get a shorter
 * margin.
 */
const safetyMs = 30_000;
const safetyLifePart = 0.1;
const coolDownMs = 10_000;
/**
 * IAM locks an account after wrong passwords. So after a refusal IAM is not asked for as long as HSS would lock a
 * key.
 */
const refusedCoolDownMs = 5 * 60_000;

interface HeldToken {
  value: string;
  /** Monotonic time in ms. A wall clock that is set anew, here or at IAM, does not change a token's life. */
  renewAt: number;
  /** Monotonic time in ms, a little before the token ends. */
  usableUntil: number;
}

export class IamAuthentication implements Authentication {
  #held: HeldToken | undefined;
  #fetching: Promise<HeldToken> | undefined;
  #failure: { error: UpstreamError; until: number } | undefined;

  constructor(
    private readonly user: { domain: string; user: string; password: string },
    private readonly clock: Clock,
    /** Has a time limit of its own: a fetch serves many callers, so no single caller can cancel it. */
    private readonly fetchToken: () => Promise<FetchedToken>,
  ) {}

  get fingerprint(): string {
    const { domain, user, password } = this.user;
    return fingerprint('iam', `${domain}/${user}`, password);
  }

  async authorize(request: UnsignedRequest): Promise<Record<string, string>> {
    return { ...request.headers, 'X-Auth-Token': await this.#token() };
  }

  /** Several calls can be refused with one token: only the first refusal drops the token. */
  refused(headers: Record<string, string>): boolean {
    if (this.#held?.value === headers['X-Auth-Token']) this.#held = undefined;
    return true;
  }

  get isReady(): boolean {
    return this.#held !== undefined && this.clock.monotonic() < this.#held.usableUntil;
  }

  get endsAt(): number | null {
    return this.#held ? this.clock.now() + this.#held.usableUntil - this.clock.monotonic() : null;
  }

  /** The old token still works while the new token is being fetched or cannot be fetched. */
  dueRenewal(): (() => Promise<unknown>) | undefined {
    const now = this.clock.monotonic();
    const isResting = this.#failure !== undefined && now < this.#failure.until;
    if (!this.#held || now < this.#held.renewAt || isResting || this.#fetching) return undefined;
    return () => this.#fetch();
  }

  async #token(): Promise<string> {
    return this.#held && this.isReady ? this.#held.value : (await this.#fetch()).value;
  }

  #fetch(): Promise<HeldToken> {
    const restMs = (this.#failure?.until ?? 0) - this.clock.monotonic();
    if (this.#failure && restMs > 0) return Promise.reject(this.#restingError(this.#failure.error, restMs));
    this.#fetching ??= this.#fetchOnce().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetchOnce(): Promise<HeldToken> {
    // IAM may issue the token any time after this moment. Counted from here, the life never ends too late.
    const askedAt = this.clock.monotonic();
    try {
      const { value, lifeMs } = await this.fetchToken();
      this.#failure = undefined;
      const usableMs = lifeMs - Math.min(safetyMs, lifeMs * safetyLifePart);
      this.#held = { value, renewAt: askedAt + lifeMs * renewAfterLifePart, usableUntil: askedAt + usableMs };
      return this.#held;
    } catch (error) {
      if (error instanceof ServiceStopping) throw error;
      const failure = error instanceof UpstreamError ? error : tokenUnavailable();
      const restMs = failure instanceof CredentialRefused ? refusedCoolDownMs : this.#pauseMs(failure);
      this.#failure = { error: failure, until: this.clock.monotonic() + restMs };
      throw failure;
    }
  }

  /**
   * A copy without the type CredentialRefused: IAM was not asked, so this error must not count as one more
   * refusal.
   */
  #restingError({ code, message, upstream }: UpstreamError, restMs: number): UpstreamError {
    return new UpstreamError(code, message, upstream, this.clock.now() + restMs);
  }

  #pauseMs(error: UpstreamError): number {
    return Math.max(coolDownMs, error.retryAt === null ? 0 : error.retryAt - this.clock.now());
  }
}

function tokenUnavailable(): UpstreamError {
  return new UpstreamError('upstream-unavailable', 'No IAM token could be fetched');
}
