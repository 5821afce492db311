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

export function responsesOf(id: string, operation: OperationText): object {
  const { kind, answer, errors, more = {} } = operation;
  const codes = new Set([...everyOperation, ...(kind === 'open' ? [] : withKey), ...errors]);
  const statuses = [...new Set([...codes].map((code) => problems[code].status))].sort();
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
    ...Object.fromEntries(
      statuses.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
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

/** The responses that operations share: one for each status of an error, and 304. */
export function sharedResponses(): Record<string, object> {
  // The document has no operation that lacks its method.
  const codes = (Object.keys(problems) as ProblemCode[]).filter((code) => code !== 'method-not-allowed');
  const statuses = [...new Set(codes.map((code) => problems[code].status))];
  const ofStatus = (status: number) => codes.filter((code) => problems[code].status === status);
  return {
    NotModified: {
      description:
        'Nothing changed since the answer with the ETag of If-None-Match. The headers are current.',
      headers: headersNamed(['X-Request-Id', ...ofData]),
    },
    ...Object.fromEntries(
      statuses.map((status) => [`Problem${status}`, problemResponse(status, ofStatus(status))]),
    ),
  };
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
        ...exampleOf(`problem-${status}`, 'json'),
      },
    },
  };
}
