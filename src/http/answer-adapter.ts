import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../time/clock.js';
import { DataAnswer, renderAnswer } from './answer.js';
import { matchesEtag } from './etag.js';
import { hotKey, isPlain, type HotAnswers } from './hot-answers.js';
import type { StaleAnswers } from './stale-answers.js';

/**
 * Nest on Fastify. Turns a DataAnswer into bytes and headers, or into a 304, and offers the answer to the hot answers.
 * Other results pass unchanged. An interceptor would do the same behind a chain of observables, which costs a tenth of
 * a hit from Redis.
 */
export class AnswerAdapter extends FastifyAdapter {
  #answers: { hot: HotAnswers; stale: StaleAnswers; clock: Clock } | undefined;

  /** Must be called before the first request: Nest makes the application with the adapter. */
  offerTo(hot: HotAnswers, stale: StaleAnswers, clock: Clock): void {
    this.#answers = { hot, stale, clock };
  }

  override reply(response: FastifyReply, result: unknown, status?: number): FastifyReply {
    if (!(result instanceof DataAnswer)) return super.reply(response, result, status);
    if (status !== undefined) response.code(status);
    return response.send(this.#render(result, response.request, response));
  }

  /** @returns undefined for a 304. */
  #render(answer: DataAnswer, request: FastifyRequest, reply: FastifyReply): string | undefined {
    if (!this.#answers) throw new Error('An answer came before the application was ready');
    const { hot, stale, clock } = this.#answers;
    const now = clock.now();
    if (answer.age) stale.note(answer.age, now);
    const { body, headers } = renderAnswer(answer, now);
    if (request.context?.hasIgnoredDirective && headers['cache-status'] !== undefined)
      headers['cache-status'] += '; detail=ignored';
    // A gate must see each change at once, so no cache may answer in the place of the service.
    if (request.context?.strict) headers['cache-control'] = 'no-store';
    reply.headers(headers);
    const view = request.context?.principal.consumer.view;
    if (answer.age && view && isPlain(request.raw)) {
      const route = request.routeOptions.url ?? '';
      const key = hotKey(view, request.url);
      hot.keep(key, route, { body, headers }, answer.age, now);
      hot.learnPages(key, route, answer);
    }
    if (!matchesEtag(request.headers['if-none-match'], headers['etag'] ?? '')) return body;
    reply.code(304);
    // Fastify would send the length of an empty body; RFC 9110 wants the length of GET's body in an answer to HEAD.
    if (request.method === 'HEAD') return body;
    reply.removeHeader('content-type');
    return undefined;
  }
}
