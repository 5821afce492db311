import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { Clock } from '../resilience/clock.js';
import { DataAnswer, matchesEtag, renderAnswer } from './answer.js';

/** Turns a DataAnswer into bytes and headers, or into a 304. Other results pass as they are. */
export class AnswerInterceptor implements NestInterceptor {
  constructor(private readonly clock: Clock) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next
      .handle()
      .pipe(
        map((answer: unknown) =>
          answer instanceof DataAnswer ? this.#send(answer, request, reply) : answer,
        ),
      );
  }

  #send(answer: DataAnswer, request: FastifyRequest, reply: FastifyReply): string | undefined {
    const { body, headers } = renderAnswer(answer, this.clock.now());
    reply.headers(headers);
    if (!matchesEtag(request.headers['if-none-match'], headers['etag'] ?? '')) return body;
    reply.code(304).removeHeader('content-type');
    return undefined;
  }
}
