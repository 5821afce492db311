import type { Entry } from '../../cache/entry.js';
import type { Reading } from '../../cache/read-through-cache.js';
import type { AnswerAge } from '../../http/answer.js';

/** How fresh an answer is that was put together from one or more cache entries: as fresh as the worst of them. */
export interface Freshness extends AnswerAge {
  status: 'fresh' | 'stale';
  /** Why a stale entry stands in. */
  error?: unknown;
  /** What it was made of. */
  entries: readonly { digest: string; entry: Entry }[];
}

export function freshnessOf(reading: Reading<unknown>): Freshness {
  const { digest, entry, status, outcome, collapsed, error } = reading;
  const { fetchedAt, freshUntil, lifeMs } = entry;
  const entries = [{ digest, entry }];
  return { status, outcome, collapsed, error, fetchedAt, freshUntil, lifeMs, entries };
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
      entries: [...a.entries, ...b.entries],
    }),
    first,
  );
}
