/**
 * Requests of HSS's official clients, byte for byte as each client sends them. The signatures come from the emulator's
 * code, so that the service's verifier is tested by code that it does not share.
 */
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { canonicalRequest, signatureOf } from '../../emulator/identity/signature.js';

export interface Keys {
  ak: string;
  sk: string;
}

/** A call as the program that uses the client writes it. */
export interface ClientCall {
  keys: Keys;
  projectId: string;
  /** The first segment, for calls of IAM: then no project stands in the path. */
  base?: string;
  /** The path after the project, its segments decoded. */
  segments: readonly string[];
  query: readonly (readonly [name: string, value: string])[];
  /** The header `region`, which the base OS call has. */
  region?: string;
  now: number;
  /** `host:port` as in the client's endpoint. */
  host: string;
  /** One client sends a GET with a body, and signs the body. */
  body?: string;
}

interface Client {
  name: string;
  encodeSegment(text: string): string;
  encodeQuery(text: string): string;
  /** The order in which the client writes the query. */
  order(query: ClientCall['query']): ClientCall['query'];
  /** Headers in the order on the wire. Authorization stands where the client puts it. */
  headers(call: ClientCall, date: string): readonly (readonly [name: string, value: string])[];
  /** Names in lower case, of those headers that the client signs. */
  signs: readonly string[];
  /** Whether the client encodes the sent segments once more for the signature. */
  encodesTwice: boolean;
  /** One client writes two slashes when the endpoint ends in one. */
  leadingSlashes?: number;
}

const strict = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
const sorted = (query: ClientCall['query']) => [...query].sort(([a], [b]) => (a < b ? -1 : 1));
const region = (call: ClientCall, name: string): [string, string][] =>
  call.region === undefined ? [] : [[name, call.region]];
const rawColon = (text: string) => strict(text).replaceAll('%3A', ':');

export const officialClients: readonly Client[] = [
  {
    name: 'Python',
    encodeSegment: strict,
    encodeQuery: strict,
    order: sorted,
    headers: (call, date) => [
      ['User-Agent', 'huaweicloud-usdk-python/3.0; os/Linux python/3.11.2 impl/CPython; app/UUID'],
      ['Accept-Encoding', 'gzip, deflate'],
      ['Accept', '*/*'],
      ['Connection', 'keep-alive'],
      ...region(call, 'region'),
      ['Content-Type', 'application/json'],
      ['X-Project-Id', call.projectId],
      ['X-Sdk-Date', date],
      ['Host', call.host],
      ['Authorization', ''],
    ],
    signs: ['content-type', 'host', 'region', 'user-agent', 'x-project-id', 'x-sdk-date'],
    encodesTwice: false,
  },
  {
    name: 'Node',
    encodeSegment: (text) => encodeURI(text).replaceAll('%25', '%'),
    encodeQuery: (text) => encodeURIComponent(text),
    order: (query) => query,
    headers: (call, date) => [
      ['Accept', 'application/json'],
      ['Content-Type', 'application/json'],
      ['User-Agent', 'huaweicloud-usdk-nodejs/3.0; os/linux nodejs/v20.20.2 meta/C; app/UUID'],
      ['X-Project-Id', call.projectId],
      ...region(call, 'region'),
      ['X-Sdk-Date', date],
      ['host', call.host],
      ['Authorization', ''],
      ['Accept-Encoding', 'gzip, compress, deflate, br'],
      ['Connection', 'keep-alive'],
    ],
    signs: ['content-type', 'host', 'region', 'x-project-id', 'x-sdk-date'],
    encodesTwice: true,
  },
  {
    name: 'Go',
    encodeSegment: rawColon,
    encodeQuery: strict,
    order: sorted,
    headers: (call, date) => [
      ['Host', call.host],
      ['User-Agent', 'huaweicloud-usdk-go/3.0; os/Debian_GNU/Linux#amd64 go/go1.19.8; app/UUID'],
      ['Authorization', ''],
      ['Content-Type', 'application/json'],
      // A region that the program leaves empty goes out as an empty, signed header.
      ['Region', call.region ?? ''],
      ['X-Project-Id', call.projectId],
      ['X-Sdk-Date', date],
      ['Accept-Encoding', 'gzip'],
    ],
    signs: ['region', 'user-agent', 'x-project-id', 'x-sdk-date'],
    encodesTwice: false,
  },
  {
    name: 'Java',
    encodeSegment: rawColon,
    encodeQuery: (text) => strict(text).replaceAll('~', '%7E').replaceAll('%2A', '*'),
    order: (query) => [...query].reverse(),
    headers: (call, date) => [
      ['Authorization', ''],
      ['User-Agent', 'huaweicloud-usdk-java/3.0; os/Linux#amd64 java/Debian#17.0.15; app/UUID'],
      ['Host', call.host],
      ['X-Project-Id', call.projectId],
      ['X-Sdk-Date', date],
      ...region(call, 'region'),
      ['Content-Type', 'application/json'],
      ['Connection', 'Keep-Alive'],
      ['Accept-Encoding', 'gzip'],
    ],
    signs: ['host', 'region', 'user-agent', 'x-project-id', 'x-sdk-date'],
    encodesTwice: false,
  },
  {
    name: 'Terraform',
    encodeSegment: rawColon,
    encodeQuery: strict,
    order: sorted,
    headers: (call, date) => [
      ['Host', call.host],
      ['User-Agent', 'terraform-provider-iac golangsdk/2.0.0'],
      ['Accept', 'application/json'],
      ['Authorization', ''],
      ['Content-Type', 'application/json'],
      ['X-Language', 'en-us'],
      ...region(call, 'region'),
      // Added after the signature, like a temporary key's token.
      ['X-Project-Id', call.projectId],
      ['X-Sdk-Date', date],
      ['Accept-Encoding', 'gzip'],
    ],
    signs: ['accept', 'content-type', 'user-agent', 'x-language', 'x-sdk-date'],
    encodesTwice: false,
  },
];

/** The bytes that the client writes for the call, up to the blank line. */
export function requestHead(client: Client, call: ClientCall): string {
  const date = new Date(call.now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const base = call.base === undefined ? ['v5', call.projectId] : [call.base];
  const leading = Array<string>(client.leadingSlashes ?? 1).fill('');
  const segments = [...leading, ...base, ...call.segments].map((each) => client.encodeSegment(each));
  const path = segments.join('/');
  const query = client
    .order(call.query)
    .map(([name, value]) => `${client.encodeQuery(name)}=${client.encodeQuery(value)}`)
    .join('&');
  const headers = client.headers(call, date);
  const values = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const names = client.signs.filter((name) => values.has(name));
  const canonical = canonicalRequest(
    {
      method: 'GET',
      path: client.encodesTwice ? segments.map(encodeURIComponent).join('/') : path,
      pairs: call.query.map(([name, value]) => [name, value] as const),
      header: (name) => values.get(name),
      body: Buffer.from(call.body ?? ''),
    },
    names,
  );
  const signature = signatureOf(canonical, date, call.keys.sk);
  const authorization = `SDK-HMAC-SHA256 Access=${call.keys.ak}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const bodyHeaders = call.body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(call.body)}`];
  const lines = headers.map(
    ([name, value]) => `${name}: ${name === 'Authorization' ? authorization : value}`,
  );
  return [`GET ${path}${query === '' ? '' : `?${query}`} HTTP/1.1`, ...lines, ...bodyHeaders].join('\r\n');
}

export interface ClientAnswer {
  status: number;
  headers: ReadonlyMap<string, string>;
  text: string;
}

/** Sends the bytes on a connection of their own, and reads one whole answer. */
export function exchange(host: string, head: string, body = ''): Promise<ClientAnswer> {
  const [name = '', port] = host.split(':');
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), name, () => socket.write(`${head}\r\n\r\n${body}`, 'latin1'));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const answer = wholeAnswer(text);
      if (answer === undefined) return;
      socket.destroy();
      resolve(answer);
    });
    socket.on('close', () => reject(new Error(`The connection closed after ${JSON.stringify(text)}`)));
  });
}

function wholeAnswer(text: string): ClientAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [status = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const body = text.slice(end + 4);
  if (body.length < Number(headers.get('content-length'))) return undefined;
  const bytes = Buffer.from(body, 'latin1');
  const unpacked = headers.get('content-encoding') === 'gzip' ? gunzipSync(bytes) : bytes;
  return { status: Number(status.split(' ')[1]), headers, text: unpacked.toString('utf8') };
}
