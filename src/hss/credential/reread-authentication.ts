import type { HssAuth } from '../../config/hss.js';
import type { Authentication, UnsignedRequest } from './authentication.js';

/**
 * A credential from files. After a refusal the files are read again before the next signature, so a key or token that
 * was replaced there is taken without a restart.
 */
export class RereadAuthentication implements Authentication {
  readonly fingerprint: string;
  #current: Authentication;
  #text: string;
  #isDoubtful = false;

  constructor(
    auth: HssAuth,
    private readonly create: (auth: HssAuth) => Authentication,
    /** @returns undefined while the files cannot be read or hold nothing usable. */
    private readonly reread: () => HssAuth | undefined,
  ) {
    this.#current = create(auth);
    this.#text = JSON.stringify(auth);
    this.fingerprint = this.#current.fingerprint;
  }

  authorize(request: UnsignedRequest): Promise<Record<string, string>> {
    if (this.#isDoubtful) this.#renew();
    return this.#current.authorize(request);
  }

  refused(headers: Record<string, string>): boolean {
    this.#isDoubtful = true;
    return this.#renew() || this.#current.refused(headers);
  }

  get isReady(): boolean {
    return this.#current.isReady;
  }

  get endsAt(): number | null {
    return this.#current.endsAt;
  }

  dueRenewal(): (() => Promise<unknown>) | undefined {
    return this.#current.dueRenewal();
  }

  /** @returns whether the files hold another credential than before. */
  #renew(): boolean {
    const auth = this.reread();
    const text = JSON.stringify(auth);
    if (auth === undefined || text === this.#text) return false;
    this.#current = this.create(auth);
    this.#text = text;
    this.#isDoubtful = false;
    return true;
  }
}
