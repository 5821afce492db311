import { bothValid, type Dependency } from '../cache/validity.js';
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

/**
 * The part that was read later.
 * @param dependency holds until a newer part can exist in the place of `other`.
 */
export function newerOf<T>(part: Part<T>, other: Part<T> | undefined, dependency: Dependency): Part<T> {
  if (other && fetchedAtOf(other) > fetchedAtOf(part)) return other;
  if (!('freshness' in part) || !part.freshness) return part;
  const validity = bothValid(part.freshness.validity, { until: Infinity, dependencies: [dependency] });
  return { ...part, freshness: { ...part.freshness, validity } };
}

function fetchedAtOf(part: Part<unknown>): number {
  return ('freshness' in part ? part.freshness?.fetchedAt : undefined) ?? 0;
}

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
