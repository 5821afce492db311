import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { AnswerAge, RenderedAnswer } from './answer.js';

/** An answer as it goes out, but for the headers that tell the time or the request. */
export interface HotAnswer {
  /** The pattern of its route, for the log. */
  route: string;
  /** One byte a character where it is short. */
  body: Buffer | string;
  contentLength: string;
  contentType: string;
  etag: string;
  cacheControl: string;
  age: AnswerAge;
}

/**
 * Node sends a short text in one piece with the headers, a fifth faster than a Buffer; a long one would be copied.
 */
const textUpToBytes = 32 * 1024;
/** What an answer takes besides its bytes and its URL. */
const overheadBytes = 1_024;

/**
 * Answers as bytes, by the URL as it was sent: made the normal way once, sent again while making them again would
 * come to the same. Each asks the entries that it was made of whether it still holds, so nobody has to tell it of a
 * purge, an update elsewhere, a newer scan or a lost Redis. Bounded in bytes. Filled by the interceptor, sent by
 * the hot path.
 */
export class HotAnswers {
  readonly #answers: LRUCache<string, HotAnswer>;
  /** Requests answered with stored bytes. */
  hits = 0;

  constructor(readonly maxBytes: number) {
    this.#answers = new LRUCache({ maxSize: maxBytes });
  }

  /** Takes an answer to a plain GET or HEAD, unless something about it may be otherwise the next time. */
  keep(url: string, route: string, { body, headers }: RenderedAnswer, age: AnswerAge, now: number): void {
    // What was just loaded is not what memory holds: an answer is kept when it is asked for again.
    if (age.outcome !== 'hit' || age.error !== undefined || !age.stillHolds?.(now)) return;
    const bytes = Buffer.from(body);
    const answer: HotAnswer = {
      route,
      body: bytes.length <= textUpToBytes ? bytes.toString('latin1') : bytes,
      contentLength: String(bytes.length),
      contentType: headers['content-type'] ?? '',
      etag: headers['etag'] ?? '',
      cacheControl: headers['cache-control'] ?? '',
      age,
    };
    this.#answers.set(url, answer, { size: bytes.length + 2 * url.length + overheadBytes });
  }

  /** @param now wall time in ms. */
  find(url: string, now: number): HotAnswer | undefined {
    const answer = this.#answers.get(url);
    if (!answer) return undefined;
    if (now < answer.age.freshUntil && answer.age.stillHolds?.(now)) return answer;
    this.#answers.delete(url);
    return undefined;
  }

  get count(): number {
    return this.#answers.size;
  }

  get bytes(): number {
    return this.#answers.calculatedSize;
  }
}

/** Nothing in it but the URL and the consumer's ETag says which answer is wanted, and all of it has arrived. */
export function isPlain({ method, headers }: IncomingMessage): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    headers['cache-control'] === undefined &&
    headers['prefer'] === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    headers['expect'] === undefined
  );
}
