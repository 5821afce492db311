import type { FastifyRequest } from 'fastify';
import type { UpstreamAnswer } from '../hss/errors.js';
import type { Problem, ProblemCode } from './problem.js';

export interface RecentProblem {
  /** Wall time in ms. */
  at: number;
  requestId: string;
  method: string;
  /** The pattern: the content of a path or a query belongs to the consumer. */
  route: string | null;
  consumer: string | null;
  status: number;
  code: ProblemCode;
  /** HSS's own answer, if there was one. */
  upstream: UpstreamAnswer | null;
}

const mostKept = 50;

/**
 * The newest requests of this instance that were right and got no answer: 429 and 5xx. A request that is wrong, or
 * that takes cached answers only, is the sender's own matter, and a flood of such requests would push out the problems
 * that operators look for.
 */
export class RecentProblems {
  readonly #problems: RecentProblem[] = [];

  get newestFirst(): readonly RecentProblem[] {
    return this.#problems.toReversed();
  }

  /** @param now wall time in ms. */
  note(
    { id, method, routeOptions, context }: FastifyRequest,
    { status, code, details }: Problem,
    now: number,
  ): void {
    if ((status < 500 && status !== 429) || code === 'not-cached') return;
    if (this.#problems.length === mostKept) this.#problems.shift();
    this.#problems.push({
      at: now,
      requestId: id,
      method,
      route: routeOptions.url ?? null,
      consumer: context?.consumer ?? null,
      status,
      code,
      upstream: details.upstream ?? null,
    });
  }
}
