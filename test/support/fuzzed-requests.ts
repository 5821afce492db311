/** Random requests over the operations of the OpenAPI document: good ones, bad ones, and no HTTP at all. */
import fc from './fast-check.js';
import type { DocumentOperation } from './document-schemas.js';
import { proxyAgent, proxyAgentId } from './proxy-agent.js';
import { adminKey, readKey } from './service.js';

export interface FuzzedRequest {
  /** Undefined for a request to a route that no operation has. */
  operation: DocumentOperation | undefined;
  method: string;
  /** Everything behind the first line and the `X-Request-Id`. */
  target: string;
  headers: readonly string[];
  /** What is sent behind the headers. */
  body: string;
}

const coordinates = Object.fromEntries(new URL(proxyAgent, 'http://x').searchParams);
const oddTexts = [
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  '999999999999999999999',
  'true',
  'null',
  '*',
  '%',
  '%zz',
  '%00',
  '%ff',
  '..',
  '../..',
  "'",
  '"',
  '\\',
  ';',
  '--',
  ',',
  '!',
  '~null',
  '!~null',
  '\\,',
  'a,b',
  '%F0%9F%90%B3',
  '%ED%A0%80',
  '镜像',
  'ı',
  'İ',
  '2024-01-01T00:00:00Z',
  '2024-02-30T00:00:00Z',
  '253402300800000',
  '9223372036854775807',
  '-9223372036854775809',
  'x'.repeat(65),
  'x'.repeat(257),
  'x'.repeat(3_000),
  '__proto__',
  'constructor',
  'sha256:',
  `sha256:${'a'.repeat(64)}`,
  'reg.example:5000/a/b:c@sha256:0b08',
  '[]',
  '{}',
  '$1',
  '(',
  '.*',
  '%25',
  '%',
  '_',
];
const oddText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...oddTexts) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }).map(encodeURIComponent) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 20 }).map(encodeURIComponent) },
);

type Parameter = DocumentOperation['parameters'][number];

function goodValue({ name, schema }: Parameter): fc.Arbitrary<string> {
  const words = [schema['enum'] ?? (schema['items'] as { enum?: unknown[] } | undefined)?.enum]
    .flat()
    .filter(Boolean);
  const known = [coordinates[name], schema['example'], schema['default'], schema['minimum']].filter(
    (value) => value !== undefined,
  );
  const values = [...words, ...known].map(String);
  return values.length > 0 ? fc.constantFrom(...values) : fc.constantFrom('true', '1', 'a', proxyAgentId);
}

function queryOf(parameters: readonly Parameter[]): fc.Arbitrary<string> {
  const pair = (parameter: Parameter) =>
    fc
      .oneof(
        { weight: 3, arbitrary: goodValue(parameter).map(encodeURIComponent) },
        { weight: 2, arbitrary: oddText },
      )
      .map((value) => `${parameter.name}=${value}`);
  const foreign = fc.tuple(oddText, oddText).map(([name, value]) => `${name}=${value}`);
  const all = parameters.filter((parameter) => parameter.in === 'query').map(pair);
  if (all.length === 0) return fc.oneof({ weight: 5, arbitrary: fc.constant('') }, foreign);
  const some = fc.array(fc.oneof({ weight: 30, arbitrary: fc.oneof(...all) }, foreign), { maxLength: 4 });
  const needed = Object.entries(coordinates).filter(([name]) =>
    parameters.some((each) => each.name === name),
  );
  return fc.tuple(fc.boolean(), some).map(([isWhole, pairs]) =>
    // Half of the requests have what the operation needs, and reach the code behind the checks.
    [...(isWhole ? needed.map(([name, value]) => `${name}=${encodeURIComponent(value)}`) : []), ...pairs]
      .filter(
        (each, at, list) => !isWhole || list.findIndex((other) => nameOf(other) === nameOf(each)) === at,
      )
      .join('&'),
  );
}

const nameOf = (pair: string) => pair.split('=', 1)[0];

const jsonValue = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(['0b08'], [proxyAgentId, 'a/b:c'], ['image'], true, 'all', 'image:x'),
  },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
);
const jsonBody = fc
  .dictionary(
    fc.constantFrom(
      'refs',
      'include',
      'key',
      'tag',
      'project',
      'dryRun',
      '__proto__',
      'constructor',
      'x',
      'then',
    ),
    jsonValue,
    { maxKeys: 4 },
  )
  .map((body) => JSON.stringify(body));
const oddBody = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    '[]',
    'null',
    '1e999',
    '"x"',
    '{"a":1}{"a":1}',
    '['.repeat(5_000),
    '{"a":'.repeat(5_000),
    '\u0000',
    '﻿{}',
    '{"refs":["\\ud800"]}',
    '{"refs":[1,1],"refs":[]}',
    'refs=1',
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
);

/** A body with the headers that frame it, well or badly. */
const framed = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: jsonBody }, oddBody),
    fc.constantFrom(
      'length',
      'length',
      'length',
      'length',
      'chunks',
      'chunks',
      'broken',
      'both',
      'expect',
      'none',
      'odd',
    ),
    fc.constantFrom(
      'application/json',
      'application/json',
      'application/json',
      'Application/JSON; charset=utf-8',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      ';',
      'application/json;;;',
      'x',
    ),
  )
  .map(([body, framing, type]) => {
    const length = Buffer.byteLength(body);
    const chunks = `${length === 0 ? '' : `${length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`;
    const headers = [`Content-Type: ${type}`];
    switch (framing) {
      case 'chunks':
        return { headers: [...headers, 'Transfer-Encoding: chunked'], body: chunks };
      case 'broken':
        return { headers: [...headers, 'Transfer-Encoding: chunked'], body: `zz\r\n${body}` };
      case 'both':
        return {
          headers: [...headers, 'Transfer-Encoding: chunked', `Content-Length: ${length}`],
          body: chunks,
        };
      case 'expect':
        return { headers: [...headers, `Content-Length: ${length}`, 'Expect: 100-continue'], body };
      case 'none':
        return { headers, body: '' };
      case 'odd':
        return { headers: [...headers, 'Content-Length: -1'], body };
      default:
        return { headers: [...headers, `Content-Length: ${length}`], body };
    }
  });

const keyHeaders = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(`X-API-Key: ${readKey}`, `Authorization: Bearer ${adminKey}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'A: b',
      'X-API-Key: wrong',
      'Authorization: Bearer',
      'Authorization: Basic =',
      `X-API-Key: ${readKey},${readKey}`,
    ),
  },
);
const moreHeaders = fc.array(
  fc.constantFrom(
    'Cache-Control: no-cache',
    'Cache-Control: max-age=1',
    'Cache-Control: only-if-cached, max-stale=99999999999999999999',
    'Cache-Control: max-age=abc,,,="',
    'Prefer: handling=strict',
    'Prefer: wait=1',
    'Prefer: wait=0',
    'Prefer: ;;=,"',
    'If-None-Match: *',
    'If-None-Match: W/"x", "y"',
    'If-None-Match: "',
    'Accept: */*',
    'Accept: text/csv',
    'Accept: application/json;q=0',
    'Accept-Encoding: gzip;q=0, identity',
    'Accept-Encoding: *;q=0',
    'Range: bytes=0-1',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Origin: null',
    'Content-Encoding: gzip',
    'Expect: magic',
    'TE: trailers',
    'X-HTTP-Method-Override: DELETE',
    'X-Forwarded-Host: a b',
    'If-Modified-Since: never',
  ),
  { maxLength: 2 },
);

const oddTargets = [
  '/',
  '//',
  '/v1',
  '/v1/',
  '/v1/nowhere',
  '/V1/images',
  '/v1/images/',
  '/v1//images',
  '/%76%31/images',
  '/v1/images/%',
  '/v1/images/%2e%2e',
  '/../v1/images',
  'http://x/v1/images',
  'http://',
  'x:y',
  '*',
  '/docs/../package.json',
  '/v1/images?a#b',
  '/health/../v1/images',
  '/v1/images/a%2Fb/files',
  `/${'a'.repeat(9_000)}`,
  '/v1/images/__proto__',
  '/v1/hosts/%00/images',
];

/** Requests to the operations and to routes that do not exist. */
export function requests(operations: readonly DocumentOperation[]): fc.Arbitrary<FuzzedRequest> {
  const toOperation = (operation: DocumentOperation) => {
    const path = fc
      .tuple(fc.oneof({ weight: 3, arbitrary: fc.constant(encodeURIComponent(proxyAgentId)) }, oddText))
      .map(([id]) => operation.route.replace(/\{\w+\}/g, id));
    return fc.record({
      operation: fc.constant(operation),
      method: fc.oneof(
        { weight: 12, arbitrary: fc.constant(operation.method) },
        fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'PURGE'),
      ),
      target: fc
        .tuple(path, queryOf(operation.parameters))
        .map(([at, query]) => (query ? `${at}?${query}` : at)),
    });
  };
  const elsewhere = fc.record({
    operation: fc.constant(undefined),
    method: fc.constantFrom('GET', 'POST', 'CONNECT', 'OPTIONS', 'M-SEARCH'),
    target: fc.constantFrom(...oddTargets),
  });
  const heads = fc.oneof(
    { weight: 10, arbitrary: fc.oneof(...operations.map(toOperation)) },
    { weight: 1, arbitrary: elsewhere },
  );
  const noBody = fc.constant({ headers: [] as string[], body: '' });
  return heads.chain(({ operation, method, target }) =>
    fc
      .tuple(
        keyHeaders,
        moreHeaders,
        method === 'POST' ? framed : fc.oneof({ weight: 9, arbitrary: noBody }, framed),
      )
      .map(([key, more, body]) => ({
        operation: operation?.method === (method === 'HEAD' ? 'GET' : method) ? operation : undefined,
        method,
        // A line that a client would never send is a matter of its own.
        target: target.replace(/[\s\u0000-\u0020\u007f-\uffff]/gu, encodeURIComponent),
        headers: [key, ...more, ...body.headers],
        body: body.body,
      })),
  );
}
