import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../time/clock.js';
import { renderProblem, type Problem } from './problem.js';
import type { RecentProblems } from './recent-problems.js';

/** The settings that every answer with a problem needs. */
export interface ProblemOptions {
  clock: Clock;
  publicBasePath: string;
  /** In the demo every answer has a header that says that the data are made up. */
  isDemo: boolean;
  /** Remembers the problem for operators. */
  recent: RecentProblems;
}

/** Answers a request with a problem. Used by the admission, by the exception filter and for Fastify's own errors. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  { clock, publicBasePath, isDemo, recent }: ProblemOptions,
): void {
  const now = clock.now();
  recent.note(request, problem, now);
  const { status, headers, body } = renderProblem(problem, request.id, publicBasePath, now);
  // The admission sets this header as well, but Fastify's own errors arise before the admission ran.
  if (isDemo) reply.header('x-demo-data', 'true');
  void reply.code(status).headers(headers).send(body);
}
