import { isYoungEnough } from '../cache/freshness-demand.js';
import { neverValid } from '../cache/validity.js';
import { lookingAt, worst, type Freshness } from '../endpoints/lists/freshness.js';
import { DataAnswer } from '../http/answer.js';
import { Problem, type ProblemCode } from '../http/problem.js';
import { reportOf, valueOf, type Part } from './part.js';

/** The parts of a merged answer by name, in the order in which the answer shows them. */
export type Parts = Readonly<Record<string, Part<unknown>>>;

/** How fresh the parts of a strict answer must be. */
export interface Strictness {
  /** The age that counts instead of the fresh life. */
  maxAgeMs: number | undefined;
  /** Wall time in ms. */
  now: number;
}

/** When no part is usable, the first of these codes that occurred becomes the code of the error. */
const precedence: readonly ProblemCode[] = [
  'invalid-request',
  'forbidden',
  'upstream-unauthorized',
  'upstream-unsupported',
  'upstream-invalid-response',
  'upstream-throttled',
  'upstream-unavailable',
  'rate-limited',
  'deadline-exceeded',
  'not-cached',
];

/**
 * Puts the parts together into one answer. Pure.
 * @param strict for gates that must fail closed: a part that is neither fresh nor absent is an error. Null for other
 * requests.
 * @param judgedBy the image part that the status of the other parts depends on, even when the answer does not show
 * it.
 * @throws Problem when no part is usable, or when a strict request gets a part that is not fresh.
 */
export function merge(given: Parts, strict: Strictness | null, judgedBy?: Part<unknown>): DataAnswer {
  const parts = strict ? withinMaxAge(given, strict) : given;
  const all = Object.values(parts);
  if (all.every(({ status }) => status === 'absent'))
    throw new Problem('not-found', 'HSS does not know this image');
  if (strict) refuseUnlessFresh(all);
  const problems = all.flatMap((part) => (part.status === 'failed' ? [part.problem] : []));
  if (all.every(({ status }) => status === 'failed' || status === 'absent')) throw gravest(problems);
  const values = Object.entries(parts).map(([name, part]) => [name, valueOf(part)] as const);
  const reports = Object.entries(parts).map(([name, part]) => [name, reportOf(part)] as const);
  const ages = all.flatMap((part): Freshness[] =>
    'freshness' in part && part.freshness ? [part.freshness] : [],
  );
  const body = { ...Object.fromEntries(values), parts: Object.fromEntries(reports) };
  if (ages.length === 0) return new DataAnswer(body, null);
  const age = 'image' in parts ? worst(ages) : lookingAt(worst(ages), witness(judgedBy));
  // HSS can answer for a failed part at any moment, so the answer has no fresh life.
  if (problems.length > 0)
    return new DataAnswer(body, { ...age, freshUntil: age.fetchedAt, validity: neverValid });
  // An older value stands in for a part that HSS can answer for at any moment: the answer is made anew each time.
  const standsIn = all.some((part) => 'problem' in part && part.problem !== undefined);
  return new DataAnswer(body, standsIn ? { ...age, validity: neverValid } : age);
}

function witness(judgedBy: Part<unknown> | undefined): Freshness | undefined {
  return (judgedBy && 'freshness' in judgedBy && judgedBy.freshness) || undefined;
}

/** A strict request with `max-age` says what counts as fresh. */
function withinMaxAge(parts: Parts, { maxAgeMs, now }: Strictness): Parts {
  if (maxAgeMs === undefined) return parts;
  const isAccepted = (part: Part<unknown>) =>
    part.status === 'stale' &&
    part.freshness !== null &&
    isYoungEnough(part.freshness.fetchedAt, maxAgeMs, now);
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [
      name,
      isAccepted(part) ? ({ ...part, status: 'fresh' } as Part<unknown>) : part,
    ]),
  );
}

function refuseUnlessFresh(parts: readonly Part<unknown>[]): void {
  if (parts.some(({ status }) => status === 'pending'))
    throw new Problem('image-not-scanned', 'HSS has not finished scanning this image');
  const problems = parts.flatMap((part) => {
    if (part.status === 'failed') return [part.problem];
    return part.status === 'stale' ? [part.problem ?? notFresh()] : [];
  });
  if (problems.length > 0) throw gravest(problems);
}

function notFresh(): Problem {
  return new Problem('upstream-unavailable', 'A part of the answer is not fresh');
}

/** The problem with the highest precedence, with the retry time of the problem that ends last. */
function gravest(problems: readonly Problem[]): Problem {
  const rank = ({ code }: Problem) =>
    precedence.includes(code) ? precedence.indexOf(code) : precedence.length;
  const [first] = [...problems].sort((a, b) => rank(a) - rank(b));
  if (!first) throw new RangeError('No part has failed');
  const retryAt = Math.max(...problems.map(({ details }) => details.retryAt ?? 0));
  return new Problem(first.code, first.detail, { ...first.details, ...(retryAt > 0 ? { retryAt } : {}) });
}
