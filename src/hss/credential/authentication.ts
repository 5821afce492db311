import { scryptSync } from 'node:crypto';
import { sdkDate, sign } from './signer.js';
import type { UpstreamClock } from '../upstream-clock.js';

/** A request to HSS before it carries a proof of who sends it. */
export interface UnsignedRequest {
  method: 'GET';
  url: URL;
  /** All of them are signed where the request is signed. */
  headers: Readonly<Record<string, string>>;
}

/** How we prove to HSS who we are: AK/SK signature, IAM token or fixed token. */
export interface Authentication {
  /** Names this credential without giving it away: changed credentials have another one. Slow to make: ask once. */
  readonly fingerprint: string;
  /**
   * @returns the headers to send. Made anew for every attempt.
   * @throws UpstreamError when no token is to be had.
   */
  authorize(request: UnsignedRequest): Promise<Record<string, string>>;
  /**
   * After a 401: drops what the refused headers were made of.
   * @returns true when repeating the call once with fresh headers makes sense; never for keys and fixed tokens,
   * where it would only bring the lock nearer.
   */
  refused(headers: Record<string, string>): boolean;
}

/** Signs each attempt; with temporary keys the security token is sent and signed too. */
export class KeyAuthentication implements Authentication {
  constructor(
    private readonly keys: { ak: string; sk: string; securityToken?: string | undefined },
    private readonly clock: UpstreamClock,
  ) {}

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

  refused(): boolean {
    return false;
  }
}

export class FixedTokenAuthentication implements Authentication {
  constructor(private readonly token: string) {}

  get fingerprint(): string {
    return fingerprint('token', '', this.token);
  }

  authorize(request: UnsignedRequest): Promise<Record<string, string>> {
    return Promise.resolve({ ...request.headers, 'X-Auth-Token': this.token });
  }

  refused(): boolean {
    return false;
  }
}

/** Slow on purpose: it is stored in Redis, where a quick hash of a weak password could be guessed from. */
export function fingerprint(kind: string, identity: string, ...secrets: string[]): string {
  return scryptSync(secrets.join('\n'), `hss-bff ${kind} ${identity}`, 12).toString('hex');
}
