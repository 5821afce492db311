/**
 * The interface of the three ways to prove our identity to HSS, and the two ways without IAM. Used by HssClient;
 * never counts refusals.
 */
import { scryptSync } from 'node:crypto';
import { sdkDate, sign } from './signer.js';
import type { UpstreamClock } from '../upstream-clock.js';

/** A request to HSS without a proof of identity. */
export interface UnsignedRequest {
  method: 'GET';
  url: URL;
  /** A signature covers all of these headers. */
  headers: Readonly<Record<string, string>>;
}

/** One way to prove our identity to HSS: AK/SK signature, IAM token or fixed token. */
export interface Authentication {
  /**
   * Identifies this credential without revealing it: another credential has another fingerprint. Computing it is
   * slow, so read it once.
   */
  readonly fingerprint: string;
  /**
   * Makes the headers to send. Called for every attempt.
   * @throws UpstreamError if no token can be fetched.
   */
  authorize(request: UnsignedRequest): Promise<Record<string, string>>;
  /**
   * Called after a 401: drops the token that the refused headers carried.
   * @returns true if one repetition with fresh headers makes sense. Always false for keys and fixed tokens, where a
   * repetition would only bring the lock nearer.
   */
  refused(headers: Record<string, string>): boolean;
  /** False: the next call has to fetch a token first, and so tries the credential. */
  readonly isReady: boolean;
  /** Wall time in ms at which the token ends; null without a token, or for a credential whose end is not known. */
  readonly endsAt: number | null;
  /** @returns what renews a token that ends soon, while calls go on with it. Undefined: nothing is due. */
  dueRenewal(): (() => Promise<unknown>) | undefined;
}

/** A credential that is sent or signed with as it is. Nothing of it is fetched. */
abstract class FixedAuthentication {
  readonly isReady = true;
  readonly endsAt = null;

  refused(): boolean {
    return false;
  }

  dueRenewal(): undefined {
    return undefined;
  }
}

/** Signs each attempt. For temporary keys the security token is sent and signed too. */
export class KeyAuthentication extends FixedAuthentication implements Authentication {
  constructor(
    private readonly keys: { ak: string; sk: string; securityToken?: string | undefined },
    private readonly clock: UpstreamClock,
  ) {
    super();
  }

  get fingerprint(): string {
    const { ak, sk, securityToken = '' } = this.keys;
    return fingerprint('aksk', ak, sk, securityToken);
  }

  authorize(request: UnsignedRequest): Promise<Record<string, string>> {
    const headers: Record<string, string> = {
      ...request.headers,
      'X-Sdk-Date': sdkDate(this.clock.now()),
      ...(this.keys.securityToken === undefined ? {} : { 'X-Security-Token': this.keys.securityToken }),
    };
    const signature = sign(
      { method: request.method, url: request.url, headers: { host: request.url.host, ...headers } },
      this.keys.ak,
      this.keys.sk,
    );
    return Promise.resolve({ ...headers, Authorization: signature });
  }
}

export class FixedTokenAuthentication extends FixedAuthentication implements Authentication {
  constructor(private readonly token: string) {
    super();
  }

  get fingerprint(): string {
    return fingerprint('token', '', this.token);
  }

  authorize(request: UnsignedRequest): Promise<Record<string, string>> {
    return Promise.resolve({ ...request.headers, 'X-Auth-Token': this.token });
  }
}

/** Slow on purpose: the fingerprint is stored in Redis, and a weak password could be guessed from a fast hash. */
export function fingerprint(kind: string, identity: string, ...secrets: string[]): string {
  return scryptSync(secrets.join('\n'), `hss-bff ${kind} ${identity}`, 12).toString('hex');
}
