import { createHash } from 'node:crypto';
import type { CacheOutcome } from '../cache/read-through-cache.js';
import type { Validity } from '../cache/validity.js';
import { stringifyJson } from '../json/lossless.js';

/*
 * Answers of data routes, their age and their headers. Used by the endpoints, AnswerInterceptor and the hot path;
 * never decides whether an answer is fresh enough.
 */

/** The age of an answer, as the HTTP layer needs it for headers. */
export interface AnswerAge {
  /** Wall time in ms at which the oldest part was fetched. */
  fetchedAt: number;
  /** Wall time in ms at which the first part stops being fresh. */
  freshUntil: number;
  /** The shortest full fresh life of the parts, in ms. */
  lifeMs: number;
  outcome: CacheOutcome;
  collapsed: boolean;
  /** The error because of which a stale value replaces an answer of HSS. */
  error?: unknown;
  /** Tells how long the same request gets the same answer. Until then the stored bytes can be sent again. */
  validity: Validity;
}

/** The answer of a data route: a body that does not depend on the moment, and its age. Sent by AnswerInterceptor. */
export class DataAnswer {
  constructor(
    readonly body: object,
    /** Null if no part came from HSS. */
    readonly age: AnswerAge | null,
  ) {}
}

export interface RenderedAnswer {
  body: string;
  headers: Record<string, string>;
}

/** @param now wall time in ms. */
export function renderAnswer(answer: DataAnswer, now: number): RenderedAnswer {
  const body = stringifyJson(answer.body);
  const etag = `"${createHash('sha1').update(body).digest('base64url')}"`;
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8', etag };
  if (!answer.age) return { body, headers: { ...headers, 'cache-control': 'private, no-cache' } };
  const { lifeMs, outcome, collapsed, error } = answer.age;
  const stored = error === undefined ? '; stored' : '';
  const how = outcome === 'hit' ? 'hit' : `fwd=${outcome}${collapsed ? '; collapsed' : ''}${stored}`;
  return {
    body,
    headers: {
      ...headers,
      age: ageHeader(answer.age, now),
      'cache-control': `private, max-age=${Math.floor(lifeMs / 1000)}`,
      'cache-status': cacheStatus(how, answer.age, now),
    },
  };
}

/** @param now wall time in ms. */
export function ageHeader({ fetchedAt }: Pick<AnswerAge, 'fetchedAt'>, now: number): string {
  return String(Math.max(0, Math.floor((now - fetchedAt) / 1000)));
}

export function cacheStatus(how: string, { freshUntil }: Pick<AnswerAge, 'freshUntil'>, now: number): string {
  return `hss-bff; ${how}; ttl=${Math.round((freshUntil - now) / 1000)}`;
}

/** If-None-Match: a list of tags, weak ones too (RFC 9110 compares weakly here), or `*`. */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
