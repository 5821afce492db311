import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReadContext } from '../cache/read-context.js';
import { CLOCK } from '../injection-tokens.js';
import type { Clock } from '../time/clock.js';
import { CallerGone, Deadline } from '../time/deadline.js';
import { forbidden, invalid, unsigned } from './gateway-error.js';
import { isSignedBy, parseAuthorization, timeFault, type ReceivedRequest } from './signature.js';
import { SdkKeys, type SdkKey } from './sdk-keys.js';
import { hasUnsafeSegment, receivedFrom } from './received.js';

/** Who calls, and how long the call may take. */
export interface FaceCaller extends ReadContext {
  key: SdkKey;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route of the face that needs a signature. */
    caller?: FaceCaller;
  }
}

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
    private readonly keys: SdkKeys,
    @Inject(FACE_SETTINGS) private readonly settings: FaceSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws GatewayError. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const received = await receivedFrom(request);
    // One client sends `%2F` and signs `/`. Such an id names no image, so the refusal comes before the signature.
    if (hasUnsafeSegment(received.path)) throw invalid('image_id must be one segment of a path');
    const key = this.#keyOf(received);
    if (!key.mayCall) throw forbidden('this key is not allowed to use this API');
    this.#checkProject(request, received);
    const deadline = new Deadline(this.clock, this.settings.deadlineMs);
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    reply.raw.once('close', () => deadline.end(new CallerGone()));
    request.caller = { demand: {}, deadline, consumer: key.consumer, priority: 'waiting', key };
    return true;
  }

  #keyOf(received: ReceivedRequest): SdkKey {
    const text = received.header('authorization') ?? '';
    const authorization = parseAuthorization(text);
    if (authorization === undefined) throw unsigned('sign the request with SDK-HMAC-SHA256');
    const fault = timeFault(received, authorization, this.clock.now());
    if (fault !== undefined) throw unsigned(fault);
    const key = this.keys.find(authorization.accessKey);
    const bases = ['', this.settings.publicBasePath];
    if (key === undefined || !isSignedBy(key.secretKey, received, authorization, bases))
      throw unsigned('the access key is unknown or the signature does not match');
    return key;
  }

  #checkProject(request: FastifyRequest, { header }: ReceivedRequest): void {
    const { projectId } = request.params as { projectId?: string };
    const given = header('x-project-id');
    const asked = projectId ?? given;
    if (asked !== undefined && /^\{.*\}$/.test(asked)) throw forbidden('set the project id in the client');
    if (asked !== undefined && asked !== this.settings.projectId)
      throw forbidden('this key has no access to the project');
    if (given !== undefined && projectId !== undefined && given !== projectId)
      throw forbidden('X-Project-Id names another project than the path');
  }
}
