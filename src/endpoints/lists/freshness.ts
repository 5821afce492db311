import type { Reading } from '../../cache/read-through-cache.js';
import type { AnswerAge } from '../../http/answer.js';

/** How fresh an answer is that was put together from one or more cache entries: as fresh as the worst of them. */
export interface Freshness extends AnswerAge {
  status: 'fresh' | 'stale';
  /** Why a stale entry stands in. */
  error?: unknown;
  /** Whether reading again at this wall time would come to the same. */
  stillHolds: (now: number) => boolean;
}

export function freshnessOf(reading: Reading<unknown>): Freshness {
  const { entry, status, outcome, collapsed, error, stillHolds } = reading;
  const { fetchedAt, freshUntil, lifeMs } = entry;
  return { status, outcome, collapsed, error, fetchedAt, freshUntil, lifeMs, stillHolds };
}

/** It was made with a look at something else, too, and would be another were that another. Nothing known: it may be. */
export function lookingAt(freshness: Freshness, witness: Freshness | undefined): Freshness {
  return {
    ...freshness,
    stillHolds: (now) => witness !== undefined && witness.stillHolds(now) && freshness.stillHolds(now),
  };
}

export function worst(parts: readonly Freshness[]): Freshness {
  const [first, ...others] = parts;
  if (!first) throw new RangeError('Nothing has no freshness');
  return others.reduce(
    (a, b) => ({
      status: a.status === 'stale' ? a.status : b.status,
      fetchedAt: Math.min(a.fetchedAt, b.fetchedAt),
      freshUntil: Math.min(a.freshUntil, b.freshUntil),
      lifeMs: Math.min(a.lifeMs, b.lifeMs),
      outcome: a.outcome === 'hit' ? b.outcome : a.outcome,
      collapsed: a.collapsed || b.collapsed,
      error: a.error ?? b.error,
      stillHolds: (now) => a.stillHolds(now) && b.stillHolds(now),
    }),
    first,
  );
}
