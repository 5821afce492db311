import type { Reading } from '../../cache/read-through-cache.js';
import { bothValid, neverValid } from '../../cache/validity.js';
import type { AnswerAge } from '../../http/answer.js';

/**
 * The freshness of an answer that is made of one or more cache entries. The worst entry decides. The list reader, the
 * catalog and the merged answer use this type.
 */
export interface Freshness extends AnswerAge {
  status: 'fresh' | 'stale';
  /** The error because of which a stale entry replaces an answer of HSS. */
  error?: unknown;
}

export function freshnessOf(reading: Reading<unknown>): Freshness {
  const { entry, status, outcome, collapsed, error, validity } = reading;
  const { fetchedAt, freshUntil } = entry;
  return { status, outcome, collapsed, error, fetchedAt, freshUntil, validity };
}

/**
 * The answer also depends on `witness` and holds only as long as the witness does. If no witness is known, the answer
 * never holds, because the witness may have changed.
 */
export function lookingAt(freshness: Freshness, witness: Freshness | undefined): Freshness {
  return { ...freshness, validity: witness ? bothValid(freshness.validity, witness.validity) : neverValid };
}

export function worst(parts: readonly Freshness[]): Freshness {
  const [first, ...others] = parts;
  if (!first) throw new RangeError('An answer without parts has no freshness');
  return others.reduce(
    (a, b) => ({
      status: a.status === 'stale' ? a.status : b.status,
      fetchedAt: Math.min(a.fetchedAt, b.fetchedAt),
      freshUntil: Math.min(a.freshUntil, b.freshUntil),
      outcome: a.outcome === 'hit' ? b.outcome : a.outcome,
      collapsed: a.collapsed || b.collapsed,
      error: a.error ?? b.error,
      validity: bothValid(a.validity, b.validity),
    }),
    first,
  );
}
