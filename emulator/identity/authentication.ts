/**
 * Finds the user of a request by token or by signature, or refuses the request as the gateway does. The refusal
 * texts quote the access key and the canonical request, as the real texts may.
 */
import type { Exchange } from '../exchange.js';
import { projectForbidden, unauthorized } from '../refusal.js';
import type { MovableClock } from '../traffic/clock.js';
import type { FailureLock } from './failure-lock.js';
import {
  canonicalRequest,
  parseAuthorization,
  parseSdkDate,
  signatureOf,
  type Authorization,
} from './signature.js';
import type { Tokens } from './tokens.js';
import type { AccessKey, EmulatorUser, Users } from './users.js';

const signatureWindowMs = 15 * 60_000;

export class Authentication {
  constructor(
    private readonly users: Users,
    private readonly tokens: Tokens,
    private readonly keyLock: FailureLock,
    private readonly clock: MovableClock,
    private readonly projectId: string,
  ) {}

  /** If a request carries both a token and a signature, the token counts. */
  authenticate(exchange: Exchange, body: Buffer, projectId: string): EmulatorUser {
    const token = exchange.header('x-auth-token');
    const user =
      token === undefined ? this.#userOfSignature(exchange, body) : this.tokens.holderOf(token.trim());
    const signedProject = exchange.header('x-project-id')?.trim() ?? projectId;
    if (projectId !== this.projectId || signedProject !== projectId) throw projectForbidden();
    return user;
  }

  #userOfSignature(exchange: Exchange, body: Buffer): EmulatorUser {
    const header = exchange.header('authorization');
    if (header === undefined) throw unauthorized('x-auth-token not found');
    const authorization = parseAuthorization(header);
    if (authorization === undefined) throw unauthorized('authorization format incorrect');

    const { ak } = authorization;
    const found = this.users.byAccessKey(ak);
    if (found === undefined) throw unauthorized(`Get secretKey failed,ak:${ak},err:ak not exist`);
    if (this.keyLock.isLocked(ak)) {
      throw unauthorized(`AK access failed to reach the limit,forbidden: AK ${ak} is locked`);
    }
    const complaint = this.#complaintAbout(exchange, body, authorization, found.key);
    if (complaint !== undefined) {
      this.keyLock.fail(ak);
      throw unauthorized(complaint);
    }
    this.keyLock.succeed(ak);
    return found.user;
  }

  #complaintAbout(
    exchange: Exchange,
    body: Buffer,
    { ak, signedHeaders, signature }: Authorization,
    key: AccessKey,
  ): string | undefined {
    const sdkDate = exchange.header('x-sdk-date')?.trim() ?? '';
    const signedAtMs = parseSdkDate(sdkDate);
    if (signedAtMs === undefined || !signedHeaders.includes('x-sdk-date')) {
      return `header x-sdk-date missing, malformed or not signed,ak:${ak}`;
    }
    if (Math.abs(this.clock.hostNow() - signedAtMs) > signatureWindowMs) {
      return `signature expired,ak:${ak},x-sdk-date:${sdkDate}`;
    }
    if (key.securityToken !== undefined && exchange.header('x-security-token') !== key.securityToken) {
      return `security token missing or wrong,ak:${ak}`;
    }
    const canonical = canonicalOf(exchange, body, signedHeaders);
    if (signatureOf(canonical, sdkDate, key.sk) !== signature) {
      return `verify aksk signature fail,ak:${ak},canonicalRequest:${canonical.replaceAll('\n', '|')}`;
    }
    return undefined;
  }
}

/** The text that a 401 of the real gateway may quote. A 401 made by a fault quotes the same text. */
export function credentialEcho(exchange: Exchange, body: Buffer): string {
  const authorization = parseAuthorization(exchange.header('authorization') ?? '');
  if (authorization === undefined) return `token:${exchange.header('x-auth-token') ?? ''}`;
  const canonical = canonicalOf(exchange, body, authorization.signedHeaders);
  return `ak:${authorization.ak},canonicalRequest:${canonical.replaceAll('\n', '|')}`;
}

function canonicalOf(exchange: Exchange, body: Buffer, signedHeaders: readonly string[]): string {
  const { method, path, pairs } = exchange;
  return canonicalRequest(
    { method, path, pairs, header: (name) => exchange.header(name), body },
    signedHeaders,
  );
}
