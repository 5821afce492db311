/** The answers of an operation: the good ones with headers and a real example, and one for each status of an error. */
import { problems, type ProblemCode } from '../http/problem.js';
import { exampleOf } from './examples.js';
import { headersNamed, type HeaderName } from './headers.js';
import type { OperationText } from './operation.js';
import { ref } from './schema-parts.js';

const everyOperation: readonly ProblemCode[] = [
  'invalid-request',
  'not-acceptable',
  'uri-too-long',
  'headers-too-large',
  'internal',
];
const withKey: readonly ProblemCode[] = ['unauthenticated', 'forbidden', 'rate-limited', 'overloaded'];

const ofData: readonly HeaderName[] = ['ETag', 'Age', 'Cache-Control', 'Cache-Status', 'Vary'];
const rateHeaders: readonly HeaderName[] = ['RateLimit', 'RateLimit-Policy'];
const goodHeaders: Readonly<Record<OperationText['kind'], readonly HeaderName[]>> = {
  data: ['X-Request-Id', ...ofData, 'Preference-Applied'],
  list: ['X-Request-Id', ...ofData, 'Link', 'Preference-Applied'],
  moment: ['X-Request-Id', 'Cache-Control'],
  report: ['X-Request-Id', 'ETag', 'Cache-Control', 'Vary'],
  open: ['X-Request-Id'],
  stream: [
    'X-Request-Id',
    'Cache-Control',
    'X-Catalog-As-Of',
    'X-Catalog-Complete',
    'X-Catalog-Coverage',
    'X-Catalog-Mark',
    'X-Catalog-Total',
    'X-Catalog-Unknown',
  ],
};

const isCached = (kind: OperationText['kind']) => kind === 'data' || kind === 'list';

// The document has no operation that lacks its method.
const allCodes = (Object.keys(problems) as ProblemCode[]).filter((code) => code !== 'method-not-allowed');

/** The codes of an operation by their statuses, each in the order of the whole set. */
function codesOf({ kind, errors }: OperationText): [status: number, codes: ProblemCode[]][] {
  const own = new Set([...everyOperation, ...(kind === 'open' ? [] : withKey), ...errors]);
  const codes = allCodes.filter((code) => own.has(code));
  const statuses = [...new Set(codes.map((code) => problems[code].status))].sort((a, b) => a - b);
  return statuses.map((status) => [status, codes.filter((code) => problems[code].status === status)]);
}

/** Operations with the same codes of a status share a response. A set that is not whole names its codes. */
function responseName(status: number, codes: readonly ProblemCode[]): string {
  const isWhole = allCodes.every((code) => problems[code].status !== status || codes.includes(code));
  const words = codes.join('-').replace(/(?:^|-)([a-z])/g, (_, first: string) => first.toUpperCase());
  return `Problem${status}${isWhole ? '' : words}`;
}

export function responsesOf(id: string, operation: OperationText): object {
  const { kind, answer, more = {} } = operation;
  const others = Object.entries(more).map(([status, { description, answer: schema }]): [string, object] => [
    status,
    {
      description,
      headers: headersNamed([...goodHeaders[kind], ...(status === '503' ? (['Retry-After'] as const) : [])]),
      content: { 'application/json': { schema: ref(schema) } },
    },
  ]);
  return {
    200: {
      description: isCached(kind) ? 'Age and Cache-Status tell how old the answer is' : operation.summary,
      headers: headersNamed([...goodHeaders[kind], ...(kind === 'open' ? [] : rateHeaders)]),
      content: kind === 'stream' ? textContent(id) : jsonContent(id, answer),
    },
    ...(isCached(kind) ? { 304: { $ref: '#/components/responses/NotModified' } } : {}),
    ...(kind === 'report' ? { 304: notModified(goodHeaders.report) } : {}),
    ...Object.fromEntries(
      codesOf(operation).map(([status, codes]) => [
        status,
        { $ref: `#/components/responses/${responseName(status, codes)}` },
      ]),
    ),
    ...Object.fromEntries(others),
  };
}

function jsonContent(id: string, answer: OperationText['answer']): object {
  const [first, ...rest] = answer.map(ref);
  const schema = rest.length === 0 ? first : { anyOf: [first, ...rest] };
  return { 'application/json': { schema, ...exampleOf(id, 'json') } };
}

function textContent(id: string): object {
  const line = 'On each line one CatalogImage, or with `of=hosts` one CatalogHostedImage, as JSON';
  return {
    'application/x-ndjson': { schema: { type: 'string', description: line }, ...exampleOf(id, 'ndjson') },
    'text/csv': {
      schema: { type: 'string', description: 'RFC 4180, with a line of column names' },
      ...exampleOf(id, 'csv'),
    },
  };
}

/** The responses that operations share: one for each set of errors with one status, and 304. */
export function sharedResponses(operations: readonly OperationText[]): Record<string, object> {
  const problemResponses = operations.flatMap((operation) =>
    codesOf(operation).map(
      ([status, codes]) => [responseName(status, codes), problemResponse(status, codes)] as const,
    ),
  );
  return {
    NotModified: notModified(['X-Request-Id', ...ofData]),
    ...Object.fromEntries(problemResponses.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function notModified(headers: readonly HeaderName[]): object {
  const description =
    'Nothing changed since the answer with the ETag of If-None-Match. The headers are current.';
  return { description, headers: headersNamed(headers) };
}

function problemResponse(status: number, codes: readonly ProblemCode[]): object {
  const isWaiting = status === 429 || status === 503;
  const headers: HeaderName[] = [
    'X-Request-Id',
    'Cache-Control',
    ...(isWaiting ? (['Retry-After'] as const) : []),
    ...(status === 429 ? rateHeaders : []),
    ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
  ];
  const narrowed = {
    type: 'object',
    properties: { status: { const: status }, code: { enum: [...codes] } },
  };
  const meanings = codes.map((code) => `\`${code}\`: ${problems[code].title}`);
  return {
    description: meanings.join('. '),
    headers: headersNamed(headers),
    content: {
      'application/problem+json': {
        schema: { allOf: [ref('Problem'), narrowed] },
        ...exampleOfProblem(status, codes),
      },
    },
  };
}

/** The real answer with this status, unless its code is none of these. */
function exampleOfProblem(status: number, codes: readonly ProblemCode[]): { example?: unknown } {
  const { example } = exampleOf(`problem-${status}`, 'json') as { example?: { code: ProblemCode } };
  return example !== undefined && codes.includes(example.code) ? { example } : {};
}
