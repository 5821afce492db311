/** Shared by the emulator's tests: one emulator per file, and calls to it with plain node:http. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { createHash, createHmac } from 'node:crypto';
import { request, type IncomingHttpHeaders } from 'node:http';
import { startEmulator, type Emulator } from '../../../emulator/emulator.js';
import type { EmulatorOptions } from '../../../emulator/options.js';

export type Row = Readonly<Record<string, unknown>>;

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** Parsed as plain JSON: digits above 2^53 are lost, as for every careless consumer. */
  readonly body: Row;
  readonly rows: readonly Row[];
  readonly total: number;
}

export interface Call {
  readonly method?: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export const proxyAgentId = '0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';
const proxyAgentCoordinates = {
  image_type: 'private_image',
  namespace: 'scc_hss_container',
  image_name: 'proxy-agent',
};
const emptyBodySha256 = createHash('sha256').update('').digest('hex');

export class EmulatorClient {
  #running: Emulator | undefined;

  constructor(private readonly options: EmulatorOptions) {}

  get emulator(): Emulator {
    if (this.#running === undefined) throw new Error('The emulator has not been started');
    return this.#running;
  }

  async start(): Promise<void> {
    this.#running = await startEmulator(this.options);
  }

  /** Sends a request without credentials. `path` may be absolute or below the project. */
  async send(path: string, call: Call = {}): Promise<Reply> {
    const query = new URLSearchParams(
      Object.entries(call.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    const full = path.startsWith('/') ? path : `/v5/${this.emulator.projectId}/image/${path}`;
    return sendRaw(this.emulator.port, query === '' ? full : `${full}?${query}`, call);
  }

  /** Sends a GET with a valid token and the right region. */
  async get(
    path: string,
    query: NonNullable<Call['query']> = {},
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const token = this.emulator.issueToken();
    return this.send(path, {
      query,
      headers: { 'X-Auth-Token': token, region: this.emulator.region, ...headers },
    });
  }

  registry(query: NonNullable<Call['query']> = {}): Promise<Reply> {
    return this.get('registries/images', { limit: 200, enterprise_project_id: 'all_granted_eps', ...query });
  }

  local(query: NonNullable<Call['query']> = {}): Promise<Reply> {
    return this.get('local-repositories', { limit: 200, enterprise_project_id: 'all_granted_eps', ...query });
  }

  files(query: NonNullable<Call['query']> = {}, imageId = proxyAgentId): Promise<Reply> {
    return this.get(`${encodeURIComponent(imageId)}/files`, {
      ...proxyAgentCoordinates,
      tag_name: '24.5.0-x86_64',
      ...query,
    });
  }

  basicImage(query: NonNullable<Call['query']> = {}, imageId = proxyAgentId): Promise<Reply> {
    return this.get(`${encodeURIComponent(imageId)}/basic-image`, {
      ...proxyAgentCoordinates,
      image_version: '24.5.0-x86_64',
      ...query,
    });
  }

  /** Reads every row of a list, page after page. */
  async walk(list: 'registry' | 'local', limit: number): Promise<Row[]> {
    const rows: Row[] = [];
    for (;;) {
      const page = await this[list]({ limit, offset: rows.length });
      rows.push(...page.rows);
      if (rows.length >= page.total || page.rows.length === 0) return rows;
    }
  }

  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Reply> {
    return this.send(`/__emulator/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}

/** Starts one emulator for all tests of a file; without a rate by default. */
export function useEmulator(options: EmulatorOptions = {}): EmulatorClient {
  const client = new EmulatorClient({ rate: 'off', totalRate: 'off', ...options });
  beforeAll(() => client.start());
  afterAll(() => client.emulator.close());
  return client;
}

function sendRaw(port: number, target: string, call: Call = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        path: target,
        method: call.method ?? 'GET',
        headers: { ...call.headers },
        maxHeaderSize: 128 * 1024,
        agent: false,
        ...(call.signal && { signal: call.signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve(replyOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks)));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(call.body);
  });
}

function replyOf(status: number, headers: IncomingHttpHeaders, bytes: Buffer): Reply {
  const text = bytes.toString('utf8');
  const body = () => JSON.parse(text) as Row;
  return {
    status,
    headers,
    bytes,
    text,
    get body() {
      return body();
    },
    get rows() {
      return body()['data_list'] as Row[];
    },
    get total() {
      return Number(body()['total_num']);
    },
  };
}

export interface SigningKey {
  readonly ak: string;
  readonly sk: string;
  readonly securityToken?: string;
}

/** HTTP dates have no fractions of a second. */
export const wholeSecond = (atMs: number): number => Math.floor(atMs / 1000) * 1000;

/** A clock was read between two other readings of the same clock, however long that took. */
export function expectBetween(beforeMs: number, atMs: number | undefined, afterMs: number): void {
  expect(atMs).toBeGreaterThanOrEqual(beforeMs);
  expect(atMs).toBeLessThanOrEqual(afterMs);
}

/** Signs a GET whose path and query are already in canonical form (plain names, sorted pairs). */
export function signedHeaders(
  emulator: Emulator,
  key: SigningKey,
  path: string,
  query = '',
  atMs = Date.now(),
): Record<string, string> {
  const sdkDate = `${new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const headers: Record<string, string> = {
    host: `127.0.0.1:${emulator.port}`,
    'x-project-id': emulator.projectId,
    'x-sdk-date': sdkDate,
    ...(key.securityToken && { 'x-security-token': key.securityToken }),
  };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = `GET\n${path}/\n${query}\n${lines}\n${names.join(';')}\n${emptyBodySha256}`;
  const hash = createHash('sha256').update(canonical).digest('hex');
  const signature = createHmac('sha256', key.sk).update(`SDK-HMAC-SHA256\n${sdkDate}\n${hash}`).digest('hex');
  const authorization = `SDK-HMAC-SHA256 Access=${key.ak}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}
