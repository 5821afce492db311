import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallerGone } from '../time/deadline.js';
import type { Log } from '../telemetry/log.js';
import { Problem } from './problem.js';
import { sendProblem, type ProblemOptions } from './send-problem.js';
import { toProblem } from './to-problem.js';

/** Turns every thrown error into problem+json. Logs unforeseen errors in full; no other code logs those errors. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly options: ProblemOptions,
    private readonly log: Log,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (error instanceof CallerGone || reply.raw.destroyed) return void reply.hijack();
    sendProblem(request, reply, this.#problem(error, request), this.options);
  }

  #problem(error: unknown, request: FastifyRequest): Problem {
    const problem = toProblem(error);
    if (problem) return problem;
    this.log.error({ err: error, reqId: request.id }, 'Unforeseen error');
    return new Problem('internal', 'The service has failed; the request id helps to find the reason');
  }
}
