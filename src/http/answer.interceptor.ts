import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { Clock } from '../time/clock.js';
import { HotAnswers, hotKey, isPlain } from './hot-answers.js';
import { DataAnswer, renderAnswer } from './answer.js';
import { matchesEtag } from './etag.js';

/**
 * Turns a DataAnswer into bytes and headers, or into a 304, and offers the answer to the hot answers. Other results
 * pass unchanged.
 */
export class AnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly hot: HotAnswers,
    private readonly clock: Clock,
  ) {}

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
    const now = this.clock.now();
    const { body, headers } = renderAnswer(answer, now);
    if (request.context?.hasIgnoredDirective && headers['cache-status'] !== undefined)
      headers['cache-status'] += '; detail=ignored';
    // A gate must see each change at once, so no cache may answer in the place of the service.
    if (request.context?.strict) headers['cache-control'] = 'no-store';
    reply.headers(headers);
    const view = request.context?.principal.consumer.view;
    if (answer.age && view && isPlain(request.raw)) {
      const route = request.routeOptions.url ?? '';
      this.hot.keep(hotKey(view, request.url), route, { body, headers }, answer.age, now);
    }
    if (!matchesEtag(request.headers['if-none-match'], headers['etag'] ?? '')) return body;
    reply.code(304);
    // Fastify would send the length of an empty body; RFC 9110 wants the length of GET's body in an answer to HEAD.
    if (request.method === 'HEAD') return body;
    reply.removeHeader('content-type');
    return undefined;
  }
}
