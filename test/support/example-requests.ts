/** The requests whose answers are the examples of the document: each one small, and each on the emulator's data. */
import { adminKey, readKey, type TestAnswer, type TestService } from './service.js';
import type { OpenApi, Operation } from './openapi.js';

/** What makes the answer of an operation short. The document fills in the rest. */
const short: Record<string, Record<string, string>> = {
  searchImages: { severity: 'high', limit: '1', sort: '-vulnerabilities', facets: 'severity' },
  getImage: { include: 'image,baseOs,files,hosts', fileLimit: '2' },
  lookupImage: { include: 'image,baseOs' },
  listImageFiles: { limit: '2' },
  listImageBaseOs: { limit: '2' },
  listHosts: { severity: 'high', limit: '1', fields: 'digest,name,tag,severity' },
  listHostImages: { limit: '1', fields: 'digest,namespace,name,tag,severity,running' },
  getCatalogSummary: { fileName: 'ld.gold' },
  exportCatalog: { of: 'hosts', fileName: 'ld.gold' },
  listCatalogChanges: { limit: '2' },
  listRegistryImages: { limit: '1', name: 'proxy-agent' },
  listLocalImages: { limit: '1', name: 'proxy-agent' },
};

/** An example by the name of its file in docs/examples. */
export interface Example {
  file: string;
  ask: (service: TestService) => Promise<TestAnswer>;
  /** HSS fails meanwhile. */
  hssFails?: true;
}

/**
 * The form in which the document has the example: indented JSON, or text as it came. Cursors and marks are sealed with
 * a random key, and catalog, instance and HSS draw names.
 */
export function asFile({ body, text }: TestAnswer): string {
  const file = body === undefined ? text : `${JSON.stringify(body, null, 2)}\n`;
  return file
    .replace(/[A-Za-z0-9_-]{72,}/g, 'VALUE_FROM_AN_EARLIER_ANSWER')
    .replace(/"epoch": "[^"]+"/, '"epoch": "1f503e6e-323d-4260-9b01-2d46982c382e"')
    .replace(/("upstream": \{[^}]*"requestId": )"[^"]+"/g, '$1"927d77f35f5fd192dbcaaac9e1aa74ad"')
    .replace(/"instance": "[^"]+"/g, '"instance": "bff-0~64ca9e83"');
}

/** The path and the query of the example. */
export function examplePath(api: OpenApi, route: string, operation: Operation): string {
  const filledIn = api.parametersOf(operation).filter(({ example }) => example !== undefined);
  const inPath = filledIn.filter((parameter) => parameter.in === 'path');
  const path = inPath.reduce((text, { name, example }) => text.replace(`{${name}}`, example!), route);
  const query = new URLSearchParams([
    ...filledIn
      .filter((parameter) => parameter.in === 'query')
      .map(({ name, example }) => [name, example!] as [string, string]),
    ...Object.entries(short[operation.operationId] ?? {}),
  ]).toString();
  return query === '' ? path : `${path}?${query}`;
}

export function examplesOf(api: OpenApi): Example[] {
  const good = api.operations.map(({ route, method, operation }): Example => {
    const id = operation.operationId;
    const path = examplePath(api, route, operation);
    const body = operation.requestBody?.content['application/json']!.example;
    const init = {
      method: method.toUpperCase(),
      headers: {
        'X-API-Key': route.includes('/admin/') ? adminKey : readKey,
        'X-Request-Id': 'example-request',
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    };
    const form = id === 'exportCatalog' ? 'ndjson' : 'json';
    return { file: `${id}.${form}`, ask: (service) => service.request(path, init) };
  });
  const ask =
    (path: string, headers: Record<string, string> = {}) =>
    (service: TestService) =>
      service.get(path, { 'X-Request-Id': 'example-request', ...headers });
  return [
    // The first one is a problem that operators are told of.
    {
      file: 'problem-503.json',
      ask: ask('/v1/local-images?name=never-read'),
      hssFails: true,
    },
    ...good,
    { file: 'exportCatalog.csv', ask: ask('/v1/catalog/export?format=csv&of=hosts&fileName=ld.gold') },
    { file: 'problem-400.json', ask: ask('/v1/images?limit=0&severity=hihg') },
    { file: 'problem-401.json', ask: ask('/v1/images', { 'X-API-Key': 'no-such-key-0123456789' }) },
    { file: 'problem-403.json', ask: ask('/v1/admin/cache') },
    { file: 'problem-404.json', ask: ask('/v1/images/lookup?ref=no-such-team/app:1') },
    {
      file: 'problem-504.json',
      ask: ask('/v1/local-images?name=never-read', { 'Cache-Control': 'only-if-cached' }),
    },
  ];
}
