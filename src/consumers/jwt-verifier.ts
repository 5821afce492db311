import { hash } from 'node:crypto';
import { jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Config } from '../config/config.js';
import type { Clock } from '../time/clock.js';
import type { Principal } from './consumer.js';
import type { Consumers } from './consumers.js';
import { SigningKeys, SigningKeysAway } from './signing-keys.js';

/** Asymmetric ones only: a token can never choose to be signed with a public key as a secret. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const clockToleranceMs = 30_000;
/** A verified token is not verified again for this long. Its consumer is looked up each time. */
const rememberMs = 5 * 60_000;
const mostRemembered = 10_000;

interface Verified {
  subject: string;
  keyId: string;
  expiresAt: number;
  /** Wall time in ms until which the token need not be verified again. */
  until: number;
}

/** Tells which consumer a JWT acts as: signature, issuer, audience and times by jose, then the claim `sub`. */
export class JwtVerifier {
  readonly #keys: SigningKeys;
  readonly #verified = new LRUCache<string, Verified>({ max: mostRemembered });

  constructor(
    private readonly settings: NonNullable<Config['jwt']>,
    private readonly consumers: Consumers,
    private readonly clock: Clock,
    readKeySet: (url: string) => Promise<unknown>,
  ) {
    this.#keys = new SigningKeys(() => readKeySet(settings.jwksUrl), clock);
  }

  /** Like `goodUntil` of the signing keys. */
  get keysGoodUntil(): number | null {
    return this.#keys.goodUntil;
  }

  /** The principal of a token that was verified a short while ago. @param sha256 the token's hash, hexadecimal. */
  known(sha256: string): Principal | undefined {
    const found = this.#verified.get(sha256);
    return found && this.clock.now() < Math.min(found.until, found.expiresAt)
      ? this.#principal(found)
      : undefined;
  }

  /** @returns undefined for a token that is not valid, or stands for no consumer. @throws SigningKeysAway */
  async verify(token: string): Promise<Principal | undefined> {
    const { issuer, audience } = this.settings;
    const now = this.clock.now();
    try {
      const { payload } = await jwtVerify(token, this.#keys.find, {
        issuer,
        audience,
        algorithms,
        requiredClaims: ['exp', 'sub', 'aud'],
        clockTolerance: clockToleranceMs / 1000,
        currentDate: new Date(now),
      });
      const expiresAt = (payload.exp ?? 0) * 1000 + clockToleranceMs;
      const digest = hash('sha256', token);
      const verified = {
        subject: payload.sub ?? '',
        keyId: digest.slice(0, 8),
        expiresAt,
        until: now + rememberMs,
      };
      this.#verified.set(digest, verified);
      return this.#principal(verified);
    } catch (error) {
      if (error instanceof SigningKeysAway) throw error;
      return undefined;
    }
  }

  #principal({ subject, keyId, expiresAt }: Verified): Principal | undefined {
    const consumer = this.consumers.bySubject(subject);
    return consumer && { consumer, keyId, expiresAt };
  }
}

/** Three parts in base64url, as every signed JWT has. */
export function looksLikeJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}
