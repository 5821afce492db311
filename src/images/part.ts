import type { Freshness } from '../endpoints/lists/freshness.js';
import type { Problem } from '../http/problem.js';

/** The outcome of one part of a merged answer. */
export type Part<T> =
  | { status: 'fresh' | 'stale'; value: T; freshness: Freshness | null; problem?: Problem | undefined }
  /** HSS has not finished scanning the image: more content can come. */
  | { status: 'pending'; freshness: Freshness }
  /** HSS does not have this part of the image. */
  | { status: 'absent'; freshness: Freshness | null }
  | { status: 'failed'; problem: Problem };

/** The status of a part in the answer. */
export interface PartReport {
  status: Part<unknown>['status'];
  fetchedAt?: string;
  error?: { code: string; retryAt?: string };
}

export function reportOf(part: Part<unknown>): PartReport {
  const freshness = 'freshness' in part ? part.freshness : null;
  const problem = 'problem' in part ? part.problem : undefined;
  const retryAt = problem?.details.retryAt ?? null;
  return {
    status: part.status,
    ...(freshness ? { fetchedAt: new Date(freshness.fetchedAt).toISOString() } : {}),
    ...(problem
      ? {
          error: {
            code: problem.code,
            ...(retryAt === null ? {} : { retryAt: new Date(retryAt).toISOString() }),
          },
        }
      : {}),
  };
}

export function valueOf<T>(part: Part<T>): T | null {
  return 'value' in part ? part.value : null;
}
