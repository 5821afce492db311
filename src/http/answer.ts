import type { CacheOutcome } from '../cache/read-through-cache.js';
import type { Validity } from '../cache/validity.js';
import { stringifyJson } from '../json/lossless.js';
import { etagOf } from './etag.js';
import { ListBody } from './list-body.js';
import { ReportBody } from './report-body.js';

/*
 * Answers of data routes, their age and their headers. Used by the endpoints, AnswerAdapter and the hot path;
 * never decides whether an answer is fresh enough.
 */

/** The age of an answer, as the HTTP layer needs it for headers. */
export interface AnswerAge {
  /** Wall time in ms at which the oldest part was fetched. */
  fetchedAt: number;
  /** Wall time in ms at which the first part stops being fresh. */
  freshUntil: number;
  outcome: CacheOutcome;
  collapsed: boolean;
  /** The error because of which a stale value replaces an answer of HSS. */
  error?: unknown;
  /** Tells how long the same request gets the same answer. Until then the stored bytes can be sent again. */
  validity: Validity;
}

/** The answer of a data route: a body that does not depend on the moment, and its age. Sent by AnswerAdapter. */
export class DataAnswer {
  constructor(
    readonly body: object,
    /** Null if no part came from HSS. */
    readonly age: AnswerAge | null,
    /** Makes another page of the same list, if memory holds all of the page as fresh. */
    readonly heldPage?: (paging: Paging) => DataAnswer | undefined,
  ) {}
}

/** The parameters that tell two pages of one list apart, as the consumer gave them. */
export type Paging = Partial<Record<'limit' | 'offset' | 'walk', string>>;

export interface RenderedAnswer {
  body: string;
  headers: Record<string, string>;
}

/** The request headers that an answer depends on, besides the URL. */
export const dataVary = 'Authorization, X-API-Key, Prefer, Accept-Encoding';

/** @param now wall time in ms. */
export function renderAnswer(answer: DataAnswer, now: number): RenderedAnswer {
  const { text: body, etag } = textOf(answer.body);
  const next = 'next' in answer.body ? answer.body.next : null;
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    etag,
    vary: dataVary,
    ...(typeof next === 'string' ? { link: `<${next}>; rel="next"` } : {}),
  };
  if (!answer.age) return { body, headers: { ...headers, 'cache-control': 'private, no-cache' } };
  const { outcome, collapsed, error } = answer.age;
  const stored = error === undefined ? '; stored' : '';
  const how = outcome === 'hit' ? 'hit' : `fwd=${outcome}${collapsed ? '; collapsed' : ''}${stored}`;
  return {
    body,
    headers: {
      ...headers,
      age: String(ageSeconds(answer.age, now)),
      'cache-control': cacheControl(answer.age, now),
      'cache-status': cacheStatus(how, answer.age, now),
    },
  };
}

function textOf(body: object): { text: string; etag: string } {
  if (body instanceof ListBody || body instanceof ReportBody) return body.render();
  const text = stringifyJson(body);
  return { text, etag: etagOf(text) };
}

/** @param now wall time in ms. */
export function ageSeconds({ fetchedAt }: Pick<AnswerAge, 'fetchedAt'>, now: number): number {
  return Math.max(0, Math.floor((now - fetchedAt) / 1000));
}

/** No purge and no rescan reaches the cache of a client, so a client reuses an answer for no longer than this. */
const longestReuseMs = 60_000;

/** A client takes the age off `max-age`, so the age is added to the life that is left. */
export function cacheControl(age: Pick<AnswerAge, 'fetchedAt' | 'freshUntil'>, now: number): string {
  const leftMs = Math.min(longestReuseMs, Math.max(0, age.freshUntil - now));
  return `private, max-age=${ageSeconds(age, now) + Math.floor(leftMs / 1000)}`;
}

export function cacheStatus(how: string, { freshUntil }: Pick<AnswerAge, 'freshUntil'>, now: number): string {
  return `hss-bff; ${how}; ttl=${Math.round((freshUntil - now) / 1000)}`;
}
