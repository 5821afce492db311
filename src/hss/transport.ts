/**
 * One HTTP exchange with HSS or IAM. The only file that knows axios. Answers are gunzipped, bounded in size, and
 * read in full or not at all. Never retries, never signs and does not interpret statuses.
 */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import axios, { isAxiosError, type AxiosInstance, type AxiosResponse } from 'axios';
import { parseJson } from '../json/lossless.js';
import type { Clock } from '../time/clock.js';
import { limitConnectTime } from './connect-timeout.js';
import { Unavailable, UpstreamError } from './errors.js';

export interface OutgoingRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string;
  /** The limit for the time from the first attempt to connect until the last byte. */
  timeoutMs: number;
  /** Cancels the exchange; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

export class Answer {
  constructor(
    readonly status: number,
    private readonly response: Pick<AxiosResponse, 'headers'>,
    private readonly text: string,
  ) {}

  header(name: string): string | null {
    const value: unknown = (this.response.headers as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : null;
  }

  /** @returns the parsed body, undefined if the body is not JSON. */
  json(): unknown {
    try {
      return parseJson(this.text);
    } catch {
      return undefined;
    }
  }
}

/** HSS's largest answers (200 rows) are below 1 MiB. A longer answer is a fault and would cost memory. */
const longestAnswerBytes = 32 * 1024 * 1024;
/** IAM tokens come in a header and may be 32,768 characters long; Node's own limit for all headers is 16 KiB. */
const longestHeadersBytes = 64 * 1024;
const connectTimeoutMs = 3_000;
const briefPauseMs = 5_000;
/**
 * Idle connections are closed this early. A server that closes an idle connection just as a call is sent on it breaks
 * the call, and Node's servers, the emulator among them, do so after 5 s. A new connection costs less than a broken call.
 */
const closeIdleAfterMs = 4_000;

/** The time limit of one exchange has passed. */
class ExchangeTimeout extends Error {}

export class Transport {
  readonly #http: AxiosInstance;
  readonly #agents: [HttpAgent, HttpsAgent];

  constructor(
    private readonly clock: Clock,
    idleMs = closeIdleAfterMs,
  ) {
    // The agent's `timeout` ends idle connections only. `send` limits the time of a running exchange.
    const keepAlive = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 64, timeout: idleMs };
    this.#agents = [new HttpAgent(keepAlive), new HttpsAgent(keepAlive)];
    for (const agent of this.#agents) limitConnectTime(agent, connectTimeoutMs, clock);
    this.#http = axios.create({
      httpAgent: this.#agents[0],
      httpsAgent: this.#agents[1],
      adapter: 'http',
      // A redirect would send the signature or token to another host.
      maxRedirects: 0,
      // axios would read proxy settings from the environment, which only config/ may do.
      proxy: false,
      transport: { request: startRequest },
      responseType: 'stream',
      validateStatus: () => true,
      headers: { common: { Accept: 'application/json', 'User-Agent': 'hss-bff' } },
    });
  }

  /** @throws UpstreamError (unavailable, invalid response), or the reason of the request's signal. */
  async send(request: OutgoingRequest): Promise<Answer> {
    const controller = new AbortController();
    const cancelTimer = this.clock.after(request.timeoutMs, () => controller.abort(new ExchangeTimeout()));
    const abortByCaller = () => controller.abort(request.signal?.reason);
    request.signal?.addEventListener('abort', abortByCaller, { once: true });
    if (request.signal?.aborted) abortByCaller();
    let response: AxiosResponse<Readable> | undefined;
    try {
      response = await this.#http.request<Readable>({
        method: request.method,
        url: request.url.href,
        headers: request.headers,
        ...(request.body === undefined ? {} : { data: request.body }),
        signal: controller.signal,
      });
      return new Answer(response.status, response, await readAll(response.data));
    } catch (error) {
      throw this.#toError(error, controller.signal, response?.status);
    } finally {
      cancelTimer();
      request.signal?.removeEventListener('abort', abortByCaller);
    }
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  #toError(error: unknown, signal: AbortSignal, status: number | undefined): unknown {
    const retryAt = this.clock.now() + briefPauseMs;
    if (signal.aborted) {
      if (!(signal.reason instanceof ExchangeTimeout)) return signal.reason;
      return new Unavailable('HSS did not answer in time', null, retryAt, true);
    }
    if (error instanceof UpstreamError) return error;
    if (status !== undefined) {
      const upstream = { status, code: null, requestId: null };
      return status < 500
        ? new UpstreamError('upstream-invalid-response', 'The answer of HSS broke off', upstream)
        : new Unavailable('HSS is failing', upstream, retryAt, false);
    }
    if (isAxiosError(error)) return new Unavailable('HSS could not be reached', null, retryAt, true);
    return error;
  }
}

/** Sets the limit for the length of headers, for which axios has no option. */
function startRequest(options: RequestOptions, answered: (response: IncomingMessage) => void) {
  const request = options.protocol === 'https:' ? httpsRequest : httpRequest;
  return request({ ...options, maxHeaderSize: longestHeadersBytes }, answered);
}

/** Reads the gunzipped body. Destroying the stream drops its connection. */
async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > longestAnswerBytes) {
      stream.destroy();
      throw new UpstreamError('upstream-invalid-response', 'The answer of HSS is too large');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
