import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../time/clock.js';

/** The keys of the issuer cannot be read, and a token needs a key that is not known. */
export class SigningKeysAway extends Error {}

const renewAfterMs = 10 * 60_000;
/** The keys that were read last are used for this long while the issuer cannot be reached. */
const lastForMs = 24 * 3_600_000;
/** Pause after each attempt, whether it failed or not: a stream of bad tokens must not become a stream of calls. */
export const coolDownMs = 30_000;

/**
 * The public keys of the issuer of JWTs (JWKS). Renewed in the background; a token with an unknown key reads them at
 * once, outside the pause.
 */
export class SigningKeys {
  #known: { find: JWTVerifyGetKey; readAt: number } | undefined;
  #triedAt = -Infinity;
  #hasFailed = false;
  #reading: Promise<void> | undefined;

  /** @param readKeySet reads the JWKS anew. Throws when no answer came. */
  constructor(
    private readonly readKeySet: () => Promise<unknown>,
    private readonly clock: Clock,
  ) {}

  /** For jose. @throws SigningKeysAway, or jose's error when the issuer has no such key. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#ageMs > renewAfterMs && this.#mayRead) void this.#read();
    const known = this.#current;
    if (known) {
      try {
        return await known.find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
    }
    if (this.#reading ?? this.#mayRead) await this.#read();
    const newest = this.#current;
    if (!newest) throw new SigningKeysAway();
    try {
      return await newest.find(header, token);
    } catch (error) {
      throw this.#hasFailed && error instanceof errors.JWKSNoMatchingKey ? new SigningKeysAway() : error;
    }
  };

  /** Wall time in ms until which the keys read last are good; null before the first. */
  get goodUntil(): number | null {
    return this.#known ? this.clock.now() - this.#ageMs + lastForMs : null;
  }

  get #ageMs(): number {
    return this.clock.monotonic() - (this.#known?.readAt ?? -Infinity);
  }

  get #current() {
    return this.#ageMs <= lastForMs ? this.#known : undefined;
  }

  get #mayRead(): boolean {
    return this.clock.monotonic() - this.#triedAt >= coolDownMs;
  }

  /** One attempt at a time. Never rejects. */
  #read(): Promise<void> {
    this.#reading ??= this.#attempt().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #attempt(): Promise<void> {
    this.#triedAt = this.clock.monotonic();
    try {
      // jose checks the form.
      const find = createLocalJWKSet((await this.readKeySet()) as JSONWebKeySet);
      this.#known = { find, readAt: this.#triedAt };
      this.#hasFailed = false;
    } catch {
      this.#hasFailed = true;
    }
  }
}
