/**
 * Issues and checks project tokens. A token is opaque and long. A token ends when its life is over or when it is
 * revoked. A new token does not end older tokens.
 */
import { randomBytes } from 'node:crypto';
import { tokenExpired, unauthorized } from '../refusal.js';
import type { TimeSource } from '../traffic/clock.js';
import type { EmulatorUser } from './users.js';

export interface IssuedToken {
  readonly token: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export class Tokens {
  readonly #holders = new Map<string, { user: EmulatorUser; expiresAtMs: number }>();

  constructor(
    private readonly clock: TimeSource,
    /** Number of characters; HSS allows up to 32,768. */
    private readonly length: number,
    public lifeMs: number,
  ) {}

  issue(user: EmulatorUser, lifeMs = this.lifeMs): IssuedToken {
    const token = `MIIEmulated${randomBytes(this.length).toString('base64url')}`.slice(0, this.length);
    const issuedAtMs = this.clock.now();
    const expiresAtMs = issuedAtMs + lifeMs;
    this.#holders.set(token, { user, expiresAtMs });
    return { token, issuedAtMs, expiresAtMs };
  }

  holderOf(token: string): EmulatorUser {
    const held = this.#holders.get(token);
    if (held === undefined) throw unauthorized('decrypt token fail');
    if (held.expiresAtMs <= this.clock.now()) throw tokenExpired();
    return held.user;
  }

  revokeAll(): void {
    this.#holders.clear();
  }
}
