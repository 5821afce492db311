/**
 * One exchange with the service: repeats a 429 and a 503 when the service says so, within a deadline, and turns a 304
 * into the kept answer. Knows nothing of operations.
 */
import { KeptAnswers, type KeptAnswer } from './kept-answers.js';

/** Time and chance; tests give their own. */
export interface Timing {
  /** In ms since 1970. */
  now(): number;
  /** @throws the reason of the signal as soon as that is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export const realTiming: Timing = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(reasonOf(signal));
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      }, ms);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    }),
};

export class Transport {
  readonly #kept: KeptAnswers;

  constructor(
    private readonly fetch: typeof globalThis.fetch,
    private readonly timing: Timing,
    keptCharacters: number,
  ) {
    this.#kept = new KeptAnswers(keptCharacters);
  }

  /**
   * @param deadlineMs for all tries together, until the body is there; for a stream, until it begins.
   * @throws DOMException TimeoutError, or the reason of the request's own signal, or TypeError without a connection.
   */
  async send(request: Request, deadlineMs: number, isRepeated = true): Promise<Response> {
    const giveUpAt = this.timing.now() + deadlineMs;
    const abort = new AbortController();
    const stop = () => abort.abort(request.signal.reason);
    if (request.signal.aborted) stop();
    request.signal.addEventListener('abort', stop);
    const timer = setTimeout(
      () => abort.abort(new DOMException(`No answer within ${deadlineMs} ms`, 'TimeoutError')),
      deadlineMs,
    );
    let isStream = false;
    try {
      for (let tries = 1; ; tries += 1) {
        const response = await this.#try(request, abort.signal);
        isStream = response.body !== null && isLines(response);
        const waitMs = isRepeated ? this.#waitBefore(response, tries) : undefined;
        if (waitMs === undefined || this.timing.now() + waitMs >= giveUpAt) return response;
        await this.timing.sleep(waitMs, abort.signal);
      }
    } finally {
      clearTimeout(timer);
      // The reader of a stream may still give up.
      if (!isStream) request.signal.removeEventListener('abort', stop);
    }
  }

  async #try(request: Request, signal: AbortSignal): Promise<Response> {
    const isOurs = request.method === 'GET' && !request.headers.has('if-none-match');
    const key = `${request.headers.get('prefer') ?? ''} ${request.headers.get('accept') ?? ''} ${request.url}`;
    const kept = isOurs ? this.#kept.get(key) : undefined;
    const sent = request.clone();
    if (kept) sent.headers.set('if-none-match', kept.etag);
    const response = await this.fetch(sent, { signal });
    if (kept && response.status === 304) return revived(kept, response);
    if (isLines(response)) return response;
    const text = await response.text();
    const etag = response.headers.get('etag');
    const { headers } = response;
    const mayKeep = isOurs && response.status === 200 && !/no-store/.test(headers.get('cache-control') ?? '');
    if (mayKeep && etag !== null) this.#kept.put(key, { etag, text, headers });
    return readAgain(text, response);
  }

  /** In ms; undefined when the answer stands. A 503 in plain JSON is the state of an instance, not a refusal. */
  #waitBefore({ status, headers }: Response, tries: number): number | undefined {
    const isState = (headers.get('content-type') ?? '').startsWith('application/json');
    if ((status !== 429 && status !== 503) || isState) return undefined;
    const given = headers.get('retry-after');
    const seconds = given === null ? NaN : Number(given);
    const until = given === null ? NaN : Date.parse(given) - this.timing.now();
    // A balancer sends none.
    const leastMs = [seconds * 1_000, until].find((ms) => ms >= 0) ?? 500 * 2 ** tries;
    // The service promises a time before which the same request cannot succeed, so chance only adds to it.
    return leastMs + this.timing.random() * Math.min(5_000, 250 + leastMs / 5);
  }
}

/** Lines that are read as they come. */
export function isLines({ ok, headers }: Response): boolean {
  return ok && /ndjson|csv/.test(headers.get('content-type') ?? '');
}

/** The kept body under the headers of the 304, whose Age is the current one. */
function revived(kept: KeptAnswer, { headers }: Response): Response {
  const merged = new Headers(kept.headers);
  headers.forEach((value, name) => merged.set(name, value));
  return readAgain(kept.text, { status: 200, headers: merged });
}

/** The same answer with a body that can be read once more. Its length and coding were those of the wire. */
export function readAgain(text: string, { status, headers }: Pick<Response, 'status' | 'headers'>): Response {
  const own = new Headers(headers);
  for (const name of ['content-length', 'content-encoding']) own.delete(name);
  // These statuses cannot have a body.
  return new Response([204, 205, 304].includes(status) ? null : text, { status, headers: own });
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new DOMException('Aborted', 'AbortError');
}
