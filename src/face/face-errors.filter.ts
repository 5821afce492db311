import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK, LOG } from '../injection-tokens.js';
import type { Log } from '../telemetry/log.js';
import type { Clock } from '../time/clock.js';
import { CallerGone } from '../time/deadline.js';
import { GatewayError, renderGatewayError, toGatewayError } from './gateway-error.js';

/** Turns every error of the face into an answer that official clients can read. */
@Catch()
export class FaceErrors implements ExceptionFilter {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (error instanceof CallerGone || reply.raw.destroyed) return void reply.hijack();
    const answer = toGatewayError(error, this.clock.now()) ?? this.#unforeseen(error, request);
    if (answer.retryAfterS !== null) reply.header('retry-after', String(answer.retryAfterS));
    await reply
      .code(answer.status)
      .header('content-type', 'application/json')
      .send(Buffer.from(JSON.stringify(renderGatewayError(answer, request.id))));
  }

  #unforeseen(error: unknown, request: FastifyRequest): GatewayError {
    this.log.error({ err: error, reqId: request.id }, 'Unforeseen error');
    return new GatewayError(500, 'APIGW.0605', 'The service has failed');
  }
}
