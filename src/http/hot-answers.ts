import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { isValid } from '../cache/validity.js';
import type { Scope, View } from '../consumers/consumer.js';
import { dataVary, type AnswerAge, type DataAnswer, type RenderedAnswer } from './answer.js';
import { HeldPages } from './held-pages.js';
import { HotHeaders } from './hot-headers.js';
import { acceptsJson, codingOf } from './negotiation.js';
import { scopesOfRoute } from './route-scopes.js';

/** One of the forms in which an answer goes out. */
export interface HotForm {
  readonly headers: HotHeaders;
  /** A short body is a text with one character per byte. Empty in a 304. */
  readonly body: Buffer | string;
}

/** An answer in bytes. */
export interface HotAnswer {
  /** The `hotKey` of the answer. */
  key: string;
  /** The pattern of the route, for the log. */
  route: string;
  /** One of these scopes is needed for GET and HEAD. */
  scopes: readonly Scope[];
  contentType: string;
  etag: string;
  /** The header `Link`, on lists that have a next page. */
  link: string | undefined;
  age: AnswerAge;
  whole: HotForm;
  /** The form of a 304. */
  unmodified: HotForm;
  /** As gzip, from the first request on that accepts gzip. */
  packed?: HotForm;
  /** Whether the answer was offered to the other instances, or came from them. */
  isShared?: boolean;
}

/** What the forms of an answer are made from, beside the body. */
export type AnswerParts = Pick<HotAnswer, 'key' | 'route' | 'contentType' | 'etag' | 'link' | 'age'>;

/** Hot answers that lie elsewhere, such as in Redis. */
export interface AnswerSource {
  find(key: string): Promise<HotAnswer | undefined> | undefined;
  /** @param isSecond whether the answer was certainly requested before. */
  offer(answer: HotAnswer, isSecond: boolean): void;
}

/**
 * Node sends a short text in one piece with the headers, a fifth faster than a Buffer. A long text would be copied.
 */
const textUpToBytes = 32 * 1024;
/** Memory of an answer besides its bytes and its URL: the lists of headers, mostly. */
const overheadBytes = 2_048;

/**
 * Answers as bytes, by the exact URL of the request and the view of its consumer. A route makes an answer once. The
 * stored bytes are sent again for as long as the route would make the same bytes. Every hit checks the versions that the
 * answer was made from, so a purge, an update by another instance, a newer scan or a lost Redis needs no message to this
 * class. Bounded in bytes. Filled by the adapter, sent by the hot path.
 */
export class HotAnswers {
  readonly #answers: LRUCache<string, HotAnswer>;
  readonly #pages = new HeldPages();
  #source: AnswerSource | undefined;
  /** Requests answered ahead of the routes. */
  hits = 0;
  /** Answers that came from Redis. */
  found = 0;
  /** Answers dropped for want of memory. */
  evictions = 0;

  constructor(readonly maxBytes: number) {
    this.#answers = new LRUCache({
      maxSize: maxBytes,
      dispose: (_answer, _key, reason) => {
        if (reason === 'evict') this.evictions += 1;
      },
    });
  }

  /** Must be called before the first request. */
  alsoFrom(source: AnswerSource): void {
    this.#source = source;
  }

  /** Keeps an answer to a plain GET or HEAD under its `hotKey`, unless the next answer may differ. */
  keep(
    key: string,
    route: string,
    { body, headers }: RenderedAnswer,
    age: AnswerAge,
    now: number,
  ): HotAnswer | undefined {
    // The first answer comes from a load; the second comes from memory and is kept.
    if (age.outcome !== 'hit' || age.error !== undefined || !isValid(age.validity, now)) return undefined;
    const { 'content-type': contentType = '', etag = '', link } = headers;
    const answer = hotAnswer({ key, route, contentType, etag, link, age }, Buffer.from(body));
    this.#set(answer);
    this.#source?.offer(answer, false);
    return answer;
  }

  /** Learns to make further pages of the list of this page. */
  learnPages(key: string, route: string, page: DataAnswer): void {
    this.#pages.learn(key, route, page);
  }

  /** Another page of a list that memory holds. @param now wall time in ms. */
  findPage(key: string, now: number): HotAnswer | undefined {
    const page = this.#pages.find(key, now);
    return page && this.keep(key, page.route, page.rendered, page.age, now);
  }

  /** Looks where `find` does not look. @returns undefined when there is nowhere to look. */
  findElsewhere(key: string): Promise<HotAnswer | undefined> | undefined {
    return this.#source?.find(key)?.then((answer) => {
      if (answer) {
        this.found += 1;
        this.#set(answer);
      }
      return answer;
    });
  }

  /** @param now wall time in ms. */
  find(key: string, now: number): HotAnswer | undefined {
    const answer = this.#answers.get(key);
    if (!answer) return undefined;
    if (isValid(answer.age.validity, now)) {
      if (!answer.isShared) this.#source?.offer(answer, true);
      return answer;
    }
    this.#answers.delete(key);
    return undefined;
  }

  /** The answer as gzip. Packs the body once. */
  packed(answer: HotAnswer): HotForm {
    if (answer.packed) return answer.packed;
    const packed = packedForm(answer.whole, gzipSync(bytesOf(answer.whole)), answer.age);
    this.#set({ ...answer, packed });
    return packed;
  }

  #set(answer: HotAnswer): void {
    const bytes = answer.whole.body.length + (answer.packed?.body.length ?? 0);
    this.#answers.set(answer.key, answer, { size: bytes + 2 * answer.key.length + overheadBytes });
  }

  /** Forgets all answers, after the clock was set: an answer holds times of the clock. */
  clear(): void {
    this.#answers.clear();
  }

  get count(): number {
    return this.#answers.size;
  }

  get bytes(): number {
    return this.#answers.calculatedSize;
  }
}

/** An answer with its forms, made from its parts. @param packed the body as gzip, if there is one already. */
export function hotAnswer(parts: AnswerParts, body: Buffer, packed?: Buffer): HotAnswer {
  const { key, route, contentType, etag, link, age } = parts;
  const safe = ['x-content-type-options', 'nosniff'];
  const lasting = ['etag', etag, 'vary', dataVary, ...(link === undefined ? [] : ['link', link])];
  const whole = formOf(body, [...safe, 'content-type', contentType, ...lasting], age);
  return {
    key,
    route,
    scopes: scopesOfRoute('GET', route),
    contentType,
    etag,
    link,
    age,
    whole,
    unmodified: { headers: new HotHeaders([...safe, ...lasting], age), body: '' },
    ...(packed && { packed: packedForm(whole, packed, age) }),
  };
}

function packedForm({ headers }: HotForm, bytes: Buffer, age: AnswerAge): HotForm {
  return formOf(bytes, headers.before, age, ['content-encoding', 'gzip']);
}

/** The bytes of a form. */
export function bytesOf({ body }: HotForm): Buffer {
  return typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
}

function formOf(
  bytes: Buffer,
  headers: readonly string[],
  age: AnswerAge,
  coding: readonly string[] = [],
): HotForm {
  const body = bytes.length <= textUpToBytes ? bytes.toString('latin1') : bytes;
  const after = [...coding, 'content-length', String(bytes.length)];
  return { headers: new HotHeaders(headers, age, after), body };
}

/** The key of a hot answer: consumers with equal views share it. */
export function hotKey(view: View, url: string): string {
  return view.key === '' ? url : `${view.key} ${url}`;
}

/** Whether URL, ETag and coding alone decide on the answer, and the whole request has arrived. */
export function isPlain({ method, headers }: IncomingMessage): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    headers['cache-control'] === undefined &&
    headers['prefer'] === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    headers['expect'] === undefined &&
    acceptsJson(headers.accept) &&
    codingOf(headers['accept-encoding']) !== 'none'
  );
}
