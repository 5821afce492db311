/** The document as a collection for API clients that read Postman's format, version 2.1. */
import type { DocumentedOperation, DocumentedParameter } from './documented.js';

const schema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

/** The parts of the OpenAPI document that a collection needs. */
export interface CollectionSource {
  info: { title: string; description?: string; version: string };
  tags?: { name: string; description?: string }[];
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { parameters: Record<string, DocumentedParameter> };
}

/**
 * One folder for each group, one request for each operation. Filled in: what makes a first try work. The other
 * parameters are there, switched off. `baseUrl` and `apiKey` are variables of the collection.
 */
export function collectionOf(source: CollectionSource, baseUrl: string): object {
  const { info, tags = [], paths } = source;
  const requests = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      tag: operation.tags?.[0],
      request: requestOf(path, method, operation, source.components.parameters),
    })),
  );
  return {
    info: { name: info.title, description: info.description, version: info.version, schema },
    auth: {
      type: 'apikey',
      apikey: [
        { key: 'key', value: 'X-API-Key', type: 'string' },
        { key: 'value', value: '{{apiKey}}', type: 'string' },
        { key: 'in', value: 'header', type: 'string' },
      ],
    },
    variable: [
      { key: 'baseUrl', value: baseUrl, type: 'string' },
      { key: 'apiKey', value: '', type: 'string' },
    ],
    item: tags.map(({ name, description }) => ({
      name,
      description,
      item: requests.filter(({ tag }) => tag === name).map(({ request }) => request),
    })),
  };
}

function requestOf(
  path: string,
  method: string,
  operation: DocumentedOperation,
  shared: Record<string, DocumentedParameter>,
): object {
  const { operationId, summary, description, parameters = [], requestBody, security } = operation;
  const all = parameters.flatMap((parameter) =>
    '$ref' in parameter
      ? (shared[parameter.$ref.replace('#/components/parameters/', '')] ?? [])
      : [parameter],
  );
  const of = (place: string) => all.filter((parameter) => parameter.in === place);
  const field = ({ name, description: text, example, required = false }: DocumentedParameter) => ({
    key: name,
    value: example ?? '',
    description: text,
    ...(required || example !== undefined ? {} : { disabled: true }),
  });
  const segments = path.slice(1).replace(/\{(\w+)\}/g, ':$1');
  const query = of('query').map(field);
  const filled = query.filter((each) => !('disabled' in each));
  const search = filled.map(({ key, value }) => `${key}=${encodeURIComponent(value)}`).join('&');
  const example = requestBody?.content['application/json']?.example;
  return {
    name: summary,
    id: operationId,
    request: {
      method: method.toUpperCase(),
      description,
      header: [
        ...of('header').map(field),
        ...(example === undefined ? [] : [{ key: 'Content-Type', value: 'application/json' }]),
      ],
      url: {
        raw: `{{baseUrl}}/${segments}${search === '' ? '' : `?${search}`}`,
        host: ['{{baseUrl}}'],
        path: segments.split('/'),
        query,
        variable: of('path').map(({ name, example: value = '', description: text }) => ({
          key: name,
          value,
          description: text,
        })),
      },
      ...(security?.length === 0 ? { auth: { type: 'noauth' } } : {}),
      ...(example === undefined
        ? {}
        : {
            body: {
              mode: 'raw',
              raw: JSON.stringify(example, null, 2),
              options: { raw: { language: 'json' } },
            },
          }),
    },
  };
}
