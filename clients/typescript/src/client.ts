/**
 * The methods of the client, one for each operation of the document. Puts the pieces together: openapi-fetch makes the
 * request, Transport exchanges it, exact-json reads the answer.
 */
import createFetchClient, {
  createFinalURL,
  createQuerySerializer,
  defaultPathSerializer,
} from 'openapi-fetch';
import { parseExact, type Int64Places } from './exact-json.js';
import { exportOf } from './export.js';
import { operations } from './operations.js';
import type { Answer, CallOptions, ClientOptions, Export, HttpClient } from './options.js';
import { isProblemBody, ProblemError, UnexpectedAnswerError } from './problem.js';
import type { paths } from './schema.js';
import { isLines, readAgain, realTiming, Transport } from './transport.js';
import type { Args, Data, Item, OperationId, PagedId, Params, Schemas } from './types.js';

type Given = Readonly<Record<string, unknown>>;
type PlainId = Exclude<OperationId, 'exportCatalog'>;
type ExportParams = Omit<Params<'exportCatalog'>, 'format'>;

type Methods = {
  [Id in PlainId]: (...args: Args<Params<Id>, CallOptions>) => Promise<Answer<Data<Id>>>;
};

export interface HssBffClient extends Methods {
  /** The catalog line by line: images, or with `of: 'hosts'` one host with one image on each line. */
  exportCatalog(
    params: ExportParams & { of: 'hosts' },
    options?: CallOptions,
  ): Promise<Export<Schemas['CatalogHostedImage']>>;
  exportCatalog(params?: ExportParams, options?: CallOptions): Promise<Export>;
  /** All pages of a list, one request each. */
  pages: {
    [Id in PagedId]: (...args: Args<Params<Id>, CallOptions>) => AsyncGenerator<Answer<Data<Id>>, void>;
  };
  /** The items of all pages of a list. */
  items: { [Id in PagedId]: (...args: Args<Params<Id>, CallOptions>) => AsyncGenerator<Item<Id>, void> };
  /** The address of a request, for links. It holds no key. */
  urlOf<Id extends OperationId>(id: Id, ...params: Args<Params<Id>, never>): string;
  /** The client of openapi-fetch below, with the same key, retries, ETags and integers. */
  http: HttpClient;
}

interface Operation {
  method: string;
  path: string;
  int64?: Int64Places;
}
const table: Readonly<Record<OperationId, Operation>> = operations;
const ids = Object.keys(table) as OperationId[];
/** The client keeps answers by itself: a browser's cache would hand out an old Age. Node's types lack the field. */
const ofBrowsers = { cache: 'no-store' } as const;
const query = { array: { style: 'form', explode: false } } as const;

export function createHssBffClient(options: ClientOptions): HssBffClient {
  const { baseUrl, key, token, deadlineMs = 60_000, keptCharacters = 8_000_000 } = options;
  const { timing = realTiming, fetch = (...given) => globalThis.fetch(...given) } = options;
  const transport = new Transport(fetch, timing, keptCharacters);
  const http = createFetchClient<paths>({
    baseUrl,
    querySerializer: query,
    ...ofBrowsers,
    // The service never redirects, and a key must not travel elsewhere.
    redirect: 'error',
    fetch: (request) => transport.send(request, deadlineMs),
  });
  http.use({
    onRequest: async ({ request }) => {
      if (key !== undefined) request.headers.set('X-API-Key', await valueOf(key));
      if (token !== undefined) request.headers.set('Authorization', `Bearer ${await valueOf(token)}`);
    },
    onResponse: async ({ request, response, schemaPath, options }) => {
      if (response.status === 304) return undefined;
      if (!isJson(response)) {
        if (!response.ok || options.parseAs !== 'json') return undefined;
        // A page for people, such as the sign-in of a proxy.
        throw failure(response, await response.text());
      }
      const operation = ids
        .map((id) => table[id])
        .find((each) => each.path === schemaPath && each.method === request.method);
      return readAgain(exactText(await response.text(), response.status, operation?.int64), response);
    },
  });

  const ask = async (id: OperationId, params: Given, call: CallOptions, more: Given = {}) => {
    const { method, path } = table[id];
    const { deadlineMs: limit = deadlineMs, retry = true } = call;
    return (http.request as unknown as Ask)(method, path, {
      ...more,
      ...(method === 'GET' ? { params: sorted(path, params) } : { body: params }),
      headers: headersOf(call),
      ...(call.signal && { signal: call.signal }),
      fetch: (request: Request) => transport.send(request, limit, retry),
    });
  };

  const one = async (
    id: OperationId,
    params: Given = {},
    call: CallOptions = {},
  ): Promise<Answer<unknown>> => {
    const { data, error, response } = await ask(id, params, call);
    // One route says 503 and its state in plain JSON.
    const body = data ?? (isJson(response) ? error : undefined);
    if (!isRecord(body)) throw failure(response, error ?? data);
    const age = response.headers.get('age');
    return {
      data: body,
      asOf: age === null ? null : new Date(timing.now() - Number(age) * 1_000),
      etag: response.headers.get('etag'),
      requestId: response.headers.get('x-request-id') ?? '',
      headers: response.headers,
    };
  };

  async function* pages(id: OperationId, params: Given = {}, call: CallOptions = {}) {
    const { path } = sorted(table[id].path, params);
    for (let given: Given = params; ;) {
      const answer = (await one(id, given, call)) as Answer<{ items?: unknown; next?: unknown }>;
      const { items, next } = answer.data;
      if (!Array.isArray(items) || (next !== null && typeof next !== 'string'))
        throw new UnexpectedAnswerError(200, JSON.stringify(answer.data));
      yield { ...answer, data: { ...answer.data, items: items as unknown[] } };
      if (next === null) return;
      given = { ...path, ...Object.fromEntries(new URL(next, 'http://any').searchParams) };
    }
  }

  async function* items(id: OperationId, params?: Given, call?: CallOptions) {
    for await (const { data } of pages(id, params, call)) yield* data.items;
  }

  const lines = async (params: Given = {}, call: CallOptions = {}): Promise<Export<unknown>> => {
    const headers = { Accept: 'application/x-ndjson', ...call.headers };
    const { data, error, response } = await ask(
      'exportCatalog',
      params,
      { ...call, headers },
      { parseAs: 'stream' },
    );
    if (!(data instanceof ReadableStream)) throw failure(response, error);
    if (!isLines(response)) throw failure(response, await new Response(data).text());
    return exportOf(data as ReadableStream<Uint8Array>, response);
  };

  const each = (make: (id: OperationId) => unknown) => Object.fromEntries(ids.map((id) => [id, make(id)]));
  return {
    ...each((id) => (params?: Given, call?: CallOptions) => one(id, params, call)),
    exportCatalog: lines,
    pages: each((id) => (params?: Given, call?: CallOptions) => pages(id, params, call)),
    items: each((id) => (params?: Given, call?: CallOptions) => items(id, params, call)),
    urlOf: (id: OperationId, params: Given = {}) =>
      createFinalURL(table[id].path, {
        baseUrl: baseUrl.replace(/\/$/, ''),
        params: sorted(table[id].path, params),
        querySerializer: createQuerySerializer(query),
        pathSerializer: defaultPathSerializer,
      }),
    http,
  } as unknown as HssBffClient;
}

type Ask = (
  method: string,
  path: string,
  init: Given,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

const valueOf = (given: string | (() => string | Promise<string>)) =>
  typeof given === 'string' ? given : given();
const isRecord = (value: unknown): value is Given => typeof value === 'object' && value !== null;
const isJson = ({ headers }: Response) => (headers.get('content-type') ?? '').startsWith('application/json');

/** The parameters that stand in the path, and the others. */
function sorted(path: string, params: Given): { path: Given; query: Given } {
  const inPath = ([name]: [string, unknown]) => path.includes(`{${name}}`);
  const all = Object.entries(params);
  return {
    path: Object.fromEntries(all.filter(inPath)),
    query: Object.fromEntries(all.filter((each) => !inPath(each))),
  };
}

function headersOf({ strict, maxAgeSeconds, headers }: CallOptions): Record<string, string> {
  return {
    ...(strict && { Prefer: 'handling=strict' }),
    ...(maxAgeSeconds !== undefined && { 'Cache-Control': `max-age=${maxAgeSeconds}` }),
    ...headers,
  };
}

function failure({ status }: Response, body: unknown): Error {
  if (isProblemBody(body)) return new ProblemError(body);
  return new UnexpectedAnswerError(status, typeof body === 'string' ? body : JSON.stringify(body ?? ''));
}

/** @throws UnexpectedAnswerError for half a body. */
function exactText(text: string, status: number, places: Int64Places | undefined): string {
  if (text === '') return text;
  try {
    return JSON.stringify(parseExact(text, places));
  } catch (cause) {
    throw new UnexpectedAnswerError(status, text, { cause });
  }
}
