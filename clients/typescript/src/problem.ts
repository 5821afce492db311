import type { AnyProblem, OperationId, ProblemOf } from './types.js';

/** The service answered with an error: branch on `problem.code`. */
export class ProblemError<P = AnyProblem> extends Error {
  override readonly name = 'ProblemError';
  readonly problem: P;

  constructor(problem: P & Pick<AnyProblem, 'code' | 'detail' | 'requestId'>) {
    super(`${problem.code}: ${problem.detail} (request ${problem.requestId})`);
    this.problem = problem;
  }
}

/** Something that is none of the service's answers, such as a page of a proxy or half a body. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';

  /** @param text the beginning of the body. */
  constructor(
    readonly status: number,
    readonly text: string,
    options?: ErrorOptions,
  ) {
    super(`HTTP ${status} with an answer that is not the service's: ${text.slice(0, 200)}`, options);
  }
}

/**
 * Whether an error is the service's own.
 * @param _operation narrows the codes to those that this operation can give.
 */
export function isProblem<Id extends OperationId>(
  error: unknown,
  _operation?: Id,
): error is ProblemError<ProblemOf<Id>> {
  return error instanceof ProblemError;
}

export function isProblemBody(body: unknown): body is AnyProblem {
  const { code, detail } = (body ?? {}) as Partial<AnyProblem>;
  return typeof code === 'string' && typeof detail === 'string';
}
