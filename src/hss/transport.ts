/**
 * One HTTP exchange with HSS, IAM or the issuer of JWTs. The only file that knows axios. Answers are gunzipped, bounded
 * in size, and read in full or not at all. Never retries, never signs and does not interpret statuses.
 */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import axios, { isAxiosError, type AxiosInstance } from 'axios';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { isProxied, type ProxyConfig } from '../config/proxy.js';
import type { Clock } from '../time/clock.js';
import { ServiceStopping } from '../time/deadline.js';
import { Answer, readBody } from './answer.js';
import { limitConnectTime } from './connect-timeout.js';
import { Departure } from './departure.js';
import { ConnectionLapsed, NotSent, Unavailable } from './errors.js';

export interface OutgoingRequest {
  /** The receiver of the request, as errors name it. */
  to: 'HSS' | 'IAM' | 'the issuer of JWTs';
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string;
  /** The limit for the time from the first attempt to connect until the last byte. */
  timeoutMs: number;
}

/** IAM tokens come in a header and may be 32,768 characters long; Node's own limit for all headers is 16 KiB. */
const longestHeadersBytes = 64 * 1024;
const connectTimeoutMs = 3_000;
const briefPauseMs = 5_000;
/** Node 20 gives each address of a name a quarter of a second, which a distant region can exceed. */
const addressTimeoutMs = 1_000;
/**
 * Idle connections are closed this early. A server that closes an idle connection just as a call is sent on it breaks
 * the call, and Node's servers, the emulator among them, do so after 5 s. A new connection costs less than a broken call.
 */
const closeIdleAfterMs = 4_000;

export class Transport {
  readonly #http: AxiosInstance;
  readonly #agents: HttpAgent[];
  /** Undefined without a proxy. */
  readonly #tunnels: HttpsProxyAgent<string> | undefined;
  /** One for each exchange under way. */
  readonly #running = new Set<AbortController>();
  #isClosed = false;

  constructor(
    private readonly clock: Clock,
    idleMs = closeIdleAfterMs,
    private readonly proxy: ProxyConfig | null = null,
  ) {
    // The agent's `timeout` ends idle connections only. `send` limits the time of a running exchange.
    const keepAlive = {
      keepAlive: true,
      keepAliveMsecs: 30_000,
      maxSockets: 64,
      timeout: idleMs,
      autoSelectFamilyAttemptTimeout: addressTimeoutMs,
    };
    const [httpAgent, httpsAgent] = [new HttpAgent(keepAlive), new HttpsAgent(keepAlive)];
    for (const agent of [httpAgent, httpsAgent]) limitConnectTime(agent, connectTimeoutMs, clock);
    this.#tunnels = proxy ? new HttpsProxyAgent(proxy.url, keepAlive) : undefined;
    this.#agents = [httpAgent, httpsAgent, ...(this.#tunnels ? [this.#tunnels] : [])];
    this.#http = axios.create({
      httpAgent,
      httpsAgent,
      adapter: 'http',
      // A redirect would send the signature or token to another host.
      maxRedirects: 0,
      // axios would read proxy settings from the environment, which only config/ may do. See #tunnels.
      proxy: false,
      responseType: 'stream',
      validateStatus: () => true,
      headers: { common: { Accept: 'application/json', 'User-Agent': 'hss-bff' } },
    });
  }

  /** @throws Unavailable: NotSent, ConnectionLapsed, or no answer in time; or ServiceStopping after `close`. */
  async send(request: OutgoingRequest): Promise<Answer> {
    if (this.#isClosed) throw new ServiceStopping();
    const departure = new Departure();
    const limit = new AbortController();
    const cancelTimer = this.clock.after(request.timeoutMs, () => limit.abort());
    this.#running.add(limit);
    try {
      const { status, headers, data } = await this.#http.request<Readable>({
        method: request.method,
        url: request.url.href,
        headers: request.headers,
        ...(this.#tunnels && this.proxy && isProxied(request.url, this.proxy)
          ? { httpsAgent: this.#tunnels }
          : {}),
        ...(request.body === undefined ? {} : { data: request.body }),
        signal: limit.signal,
        transport: {
          request: (options: RequestOptions, answered: (response: IncomingMessage) => void) =>
            departure.watch(startRequest(options, answered)),
        },
      });
      const body = await readBody(data, headers['content-type']);
      // The status of a failure keeps its meaning, even if its body does not come in time.
      if (status < 300) limit.signal.throwIfAborted();
      return new Answer(status, headers, body);
    } catch (error) {
      throw this.#toError(error, request.to, departure, limit.signal.aborted);
    } finally {
      this.#running.delete(limit);
      cancelTimer();
    }
  }

  /** @returns how many exchanges were under way, and are given up. They say nothing of the receiver. */
  close(): number {
    this.#isClosed = true;
    const count = this.#running.size;
    for (const limit of this.#running) limit.abort();
    for (const agent of this.#agents) agent.destroy();
    return count;
  }

  #toError(error: unknown, to: string, departure: Departure, isTimeOver: boolean): unknown {
    const { hasLeft, untrusted } = departure;
    if (this.#isClosed) return new ServiceStopping(hasLeft);
    const retryAt = this.clock.now() + briefPauseMs;
    if (untrusted !== null)
      return new NotSent(`The certificate of ${to} is not trusted (${untrusted})`, retryAt, false);
    if (!isTimeOver && !isAxiosError(error)) return error;
    if (!hasLeft) return new NotSent(`${to} could not be reached`, retryAt, true);
    if (isTimeOver) return new Unavailable(`${to} did not answer in time`, null, retryAt, true);
    const detail = `The connection to ${to} broke off`;
    if (!isAxiosError(error) || !departure.isLapsed(error.code))
      return new Unavailable(detail, null, retryAt, true);
    this.#dropIdle();
    return new ConnectionLapsed(detail, null, retryAt, true);
  }

  /** The other idle connections are as old as the one that was closed: the repetition must not get one of them. */
  #dropIdle(): void {
    for (const { freeSockets } of this.#agents)
      for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

/**
 * Sets what axios has no option for: the limit for the length of headers, and that certificates are verified, whatever
 * NODE_TLS_REJECT_UNAUTHORIZED says.
 */
function startRequest(options: RequestOptions, answered: (response: IncomingMessage) => void): ClientRequest {
  const start = options.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = start(
    { ...options, maxHeaderSize: longestHeadersBytes, rejectUnauthorized: true } as RequestOptions,
    answered,
  );
  // The agent would hand on a refusal of the proxy as an answer of HSS.
  request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
    if (statusCode !== 200) request.destroy(new Error('The proxy refuses the connection'));
  });
  return request;
}
