/**
 * One request and the means to answer it. `gone` aborts when the connection closes for any reason, so that
 * nothing in the emulator keeps waiting for a consumer that has left.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Answer } from './answer.js';
import { toJson } from './json.js';
import { firstValues, parseQuery, type QueryPair } from './query-string.js';
import { badGatewayRequest } from './refusal.js';

const maxRequestBytes = 1024 * 1024;
const gzipFromBytes = 1024;

/** An answer in the form in which it is sent. */
export interface Packet {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

export class Exchange {
  readonly requestId = randomBytes(16).toString('hex');
  readonly method: string;
  readonly path: string;
  readonly pairs: readonly QueryPair[];
  readonly query: ReadonlyMap<string, string>;
  readonly gone: AbortSignal;
  readonly #hurry = new AbortController();

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    /** The service host's clock, for the Date header. */
    private readonly hostNow: () => number,
  ) {
    const target = request.url ?? '/';
    const queryStart = target.indexOf('?');
    this.method = request.method ?? 'GET';
    this.path = queryStart === -1 ? target : target.slice(0, queryStart);
    this.pairs = parseQuery(queryStart === -1 ? '' : target.slice(queryStart + 1));
    this.query = firstValues(this.pairs);
    const leaving = new AbortController();
    this.gone = leaving.signal;
    response.once('close', () => leaving.abort());
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  async readBody(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxRequestBytes) throw badGatewayRequest(413, 'Request entity too large');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** Rejects at once when the consumer leaves. */
  async pause(ms: number): Promise<void> {
    const hurry = this.#hurry.signal;
    if (ms <= 0 || hurry.aborted) return;
    try {
      await delay(ms, undefined, { signal: AbortSignal.any([this.gone, hurry]) });
    } catch (error) {
      if (this.gone.aborted) throw error;
    }
  }

  /** Ends the pause of this moment and leaves out all later ones. */
  hurry(): void {
    this.#hurry.abort();
  }

  /** Adds the request id and the host's time, which every answer of the gateway carries. */
  pack(answer: Answer, compress = true): Packet {
    const isText = typeof answer.body === 'string';
    const plain = Buffer.from(typeof answer.body === 'string' ? answer.body : toJson(answer.body));
    const zip = compress && plain.length > gzipFromBytes && this.#acceptsGzip();
    const bytes = zip ? gzipSync(plain, { level: 1 }) : plain;
    return {
      status: answer.status,
      bytes,
      headers: {
        Date: new Date(this.hostNow()).toUTCString(),
        'X-Request-Id': this.requestId,
        'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
        'Content-Length': String(bytes.length),
        ...(zip ? { 'Content-Encoding': 'gzip' } : {}),
        ...answer.headers,
      },
    };
  }

  send(answer: Answer): void {
    const packet = this.pack(answer);
    this.response.writeHead(packet.status, packet.headers);
    this.response.end(packet.bytes);
  }

  #acceptsGzip(): boolean {
    return /(^|[\s,])gzip(?!\s*;\s*q=0(\.0*)?(\s|,|$))/i.test(this.header('accept-encoding') ?? '');
  }
}
