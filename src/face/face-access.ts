import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasScope } from '../consumers/consumer.js';
import { Rates } from '../consumers/rates.js';
import { longestUrl } from '../http/admission.js';
import { ClientAddress } from '../http/client-address.js';
import { FailedAuthentications } from '../http/failed-authentications.js';
import { overRate } from '../http/quota.js';
import { readContext, type RequestContext } from '../http/request-context.js';
import { CLOCK } from '../injection-tokens.js';
import type { Clock } from '../time/clock.js';
import { CallerGone } from '../time/deadline.js';
import { forbidden, GatewayError, invalid, unsigned } from './gateway-error.js';
import { IssuedKeys, type IssuedKey } from './issued-keys.js';
import { hasUnsafeSegment, headersOf, pathOf, receivedFrom } from './received.js';
import { isSignedBy, parseAuthorization, timeFault } from './signature.js';

export interface FaceSettings {
  region: string;
  projectId: string;
  /** The path that a proxy may take away before the request arrives; `''` for none. */
  publicBasePath: string;
  deadlineMs: number;
}
export const FACE_SETTINGS = Symbol('FACE_SETTINGS');

/**
 * Admits requests of official clients by their signature, as HSS's gateway does. The signature stands for the whole
 * request as sent, so the guard reads the URL and the headers as they arrived.
 */
@Injectable()
export class FaceAccess implements CanActivate {
  constructor(
    private readonly keys: IssuedKeys,
    private readonly rates: Rates,
    private readonly failures: FailedAuthentications,
    private readonly addresses: ClientAddress,
    @Inject(FACE_SETTINGS) private readonly settings: FaceSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws GatewayError, or Problem `rate-limited`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const { consumer } = (await this.#admitted(request, reply)).principal;
    if (!hasScope(consumer, 'hss')) throw forbidden('this key is not allowed to use this API');
    this.#checkProject(request);
    if (this.rates.isLimited(consumer)) {
      const verdict = this.rates.admit(consumer, (end) => void reply.raw.once('close', end));
      if (!verdict.isAllowed) throw overRate(verdict, this.clock);
    }
    return true;
  }

  /** Proves the signature, and gives the request its context. */
  async #admitted(request: FastifyRequest, reply: FastifyReply): Promise<RequestContext> {
    if (request.originalUrl.length > longestUrl)
      throw new GatewayError(414, 'APIGW.0201', `The URL is longer than ${longestUrl} characters`);
    // One client sends `%2F` and signs `/`. Such an id names no image, so the refusal comes before the signature.
    if (hasUnsafeSegment(pathOf(request))) throw invalid('image_id must be one segment of a path');
    const header = headersOf(request);
    const authorization = parseAuthorization(header('authorization') ?? '');
    if (authorization === undefined) throw unsigned('sign the request with SDK-HMAC-SHA256');
    const fault = timeFault(header, authorization, this.clock.now());
    if (fault !== undefined) throw unsigned(fault);
    const key = this.keys.find(authorization.accessKey);
    // Nobody waits for the body of a request whose key is not known.
    const isRight =
      key !== undefined &&
      isSignedBy(key.secretKey, await receivedFrom(request), authorization, [
        '',
        this.settings.publicBasePath,
      ]);
    if (reply.raw.destroyed) throw new CallerGone();
    if (!isRight) throw await this.#refusal(request.raw, key);
    key.use.lastAt = this.clock.now();
    // The headers of the client say nothing about freshness: official clients know no such headers.
    const made = readContext({}, key.principal, this.rates, this.clock, this.settings.deadlineMs);
    reply.raw.once('close', () => made.deadline.end(new CallerGone()));
    request.context = made;
    return made;
  }

  /** Failures are counted by address as well as by key, because an access key is no secret. */
  async #refusal(raw: IncomingMessage, key: IssuedKey | undefined): Promise<Error> {
    const named = key ? `ak-${key.principal.keyId}` : 'ak';
    const over = await this.failures.over(this.addresses.of(raw), named);
    return over ?? unsigned('the access key is unknown or the signature does not match');
  }

  #checkProject(request: FastifyRequest): void {
    const { projectId } = request.params as { projectId?: string };
    const given = headersOf(request)('x-project-id');
    const asked = projectId ?? given;
    if (asked !== undefined && /^\{.*\}$/.test(asked)) throw forbidden('set the project id in the client');
    if (asked !== undefined && asked !== this.settings.projectId)
      throw forbidden('this key has no access to the project');
    if (given !== undefined && projectId !== undefined && given !== projectId)
      throw forbidden('X-Project-Id names another project than the path');
  }
}
