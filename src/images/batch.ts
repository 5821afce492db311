import { Inject, Injectable } from '@nestjs/common';
import type { CatalogMark } from '../catalog/lookup/catalog-mark.js';
import { KnownImages } from '../catalog/lookup/known-images.js';
import { Problem, retryAtOf, type FieldError, type ProblemCode } from '../http/problem.js';
import type { RequestContext } from '../http/request-context.js';
import { toProblem } from '../http/to-problem.js';
import { CLOCK, LOG } from '../injection-tokens.js';
import { eventLoopTurn, type Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import { ImagesService } from './images.service.js';
import type { BatchRequest } from './images.query.js';
import type { PartReport } from './part.js';

type Outcome = 'ok' | 'partial' | 'failed' | 'absent' | 'invalid' | 'ambiguous';

interface BatchError {
  code: ProblemCode;
  detail: string;
  /** The time from which a new request can help. The service works on the reference meanwhile. */
  retryAt?: string;
  errors?: readonly FieldError[];
  candidates?: readonly object[];
}

interface BatchItem {
  ref: string;
  outcome: Outcome;
  value: object | null;
  error: BatchError | null;
}

/** The number of references that one turn of the event loop begins. */
const perTurn = 5;

const outcomeOf: Partial<Record<ProblemCode, Outcome>> = {
  'invalid-request': 'invalid',
  'not-found': 'absent',
  'ambiguous-reference': 'ambiguous',
};

/**
 * Answers up to 100 references at once, under the one deadline of the request. An image of the catalog costs no call
 * of HSS. All other calls enter the queue of the call budget together. A call whose turn comes after the deadline
 * stays in the queue. The item of the reference tells the time of the turn. A consumer that comes back after this
 * time finds the answer in the cache.
 */
@Injectable()
export class Batch {
  constructor(
    private readonly images: ImagesService,
    private readonly catalog: KnownImages,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async get(
    { refs, include }: BatchRequest,
    context: RequestContext,
  ): Promise<{ items: BatchItem[]; catalog: CatalogMark | null }> {
    const query = include ? { include: include.join(',') } : {};
    const started = new Map<string, Promise<BatchItem>>();
    for (const ref of refs) {
      if (started.has(ref)) continue;
      started.set(ref, this.#item(ref, query, context));
      // Unpacking the files of an image takes up to a millisecond, in which no other request is served.
      if (started.size % perTurn === 0) await eventLoopTurn();
    }
    const items = await Promise.all(refs.map((ref) => started.get(ref) as Promise<BatchItem>));
    return { items, catalog: this.catalog.markFor(context.namespaces) };
  }

  async #item(ref: string, query: { include?: string }, context: RequestContext): Promise<BatchItem> {
    try {
      const { body } = await this.images.lookup(ref, query, context);
      // The batch has one `catalog` for all items, beside the items.
      const value = { ...body } as { catalog?: unknown; parts: Record<string, PartReport> };
      delete value.catalog;
      const failed = Object.values(value.parts).some(({ status }) => status === 'failed');
      return { ref, outcome: failed ? 'partial' : 'ok', value, error: null };
    } catch (error) {
      const problem = toProblem(error) ?? this.#unforeseen(error);
      return {
        ref,
        outcome: outcomeOf[problem.code] ?? 'failed',
        value: null,
        error: errorOf(problem, this.clock.now()),
      };
    }
  }

  #unforeseen(error: unknown): Problem {
    this.log.error({ err: error }, 'Unforeseen error in an item of a batch');
    return new Problem('internal', 'The service has failed');
  }
}

function errorOf(problem: Problem, now: number): BatchError {
  const { code, detail } = problem;
  const { errors, candidates } = problem.details;
  const retryAt = retryAtOf(problem, now);
  return {
    code,
    detail,
    ...(retryAt === null ? {} : { retryAt: new Date(retryAt).toISOString() }),
    ...(errors ? { errors } : {}),
    ...(candidates ? { candidates } : {}),
  };
}
