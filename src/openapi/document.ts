/**
 * Builds the OpenAPI document: paths and parameters from the controllers, everything else from the tables in this
 * room. Never reads the state of the service.
 */
import { readFileSync } from 'node:fs';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { ConsumerRate, Scope } from '../consumers/consumer.js';
import { scopesOfRoute } from '../http/route-scopes.js';
import type { DocumentedOperation, DocumentedParameter } from './documented.js';
import { answerHeaders, parametersNamed, requestHeaders, type RequestHeader } from './headers.js';
import type { OperationText } from './operation.js';
import { groups } from './operations/operations.js';
import { responsesOf, sharedResponses } from './responses.js';
import { ref } from './schema-parts.js';
import { schemas } from './schemas/schemas.js';

type Paths = Record<string, Record<string, DocumentedOperation>>;

const description = `Container images as Huawei Cloud HSS knows them: merged, cached, within its call budget.

Send your key as \`Authorization: Bearer KEY\` or \`X-API-Key: KEY\`. Every error is \`application/problem+json\`: branch on \`code\` ([all codes](docs/problems)). Fields, and words in answers, may be added at any time; removals are announced by \`Deprecation\` and \`Sunset\` ([versioning](docs/guide/versioning)).`;

const key = [{ bearer: [] }, { apiKey: [] }];
const keptHeaders: readonly RequestHeader[] = ['IfNoneMatch', 'Freshness', 'Prefer'];
const headersOf: Readonly<Record<OperationText['kind'], readonly RequestHeader[]>> = {
  data: [...keptHeaders, 'RequestId'],
  list: [...keptHeaders, 'RequestId'],
  moment: ['RequestId'],
  report: ['IfNoneMatch', 'RequestId'],
  stream: ['Prefer', 'RequestId'],
  open: ['RequestId'],
};

/** The version of the release, which is the version of the document. */
export const releaseVersion = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

export function buildDocument(app: INestApplication, publicBasePath: string): OpenAPIObject {
  const head = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('hss-bff')
    .setDescription(description)
    .setVersion(releaseVersion)
    .addServer(publicBasePath === '' ? '/' : publicBasePath)
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'bearer')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'apiKey');
  for (const [name, group] of Object.entries(groups)) head.addTag(name, group.description);
  const { paths, components, info, ...document } = SwaggerModule.createDocument(app, head.build());
  return {
    ...document,
    info: {
      title: info.title,
      description: info.description,
      version: info.version,
      license: { name: 'For internal use', identifier: 'LicenseRef-internal' },
    },
    paths: described(paths as unknown as Paths),
    components: {
      securitySchemes: components?.securitySchemes,
      schemas,
      headers: answerHeaders,
      parameters: requestHeaders,
      responses: sharedResponses(
        Object.values(groups).flatMap(({ operations }) => Object.values(operations)),
      ),
    },
  } as unknown as OpenAPIObject;
}

/** The paths in the order of the tables. @throws Error for a route without an entry, and an entry without a route. */
function described(paths: Paths): Paths {
  const routes = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, route]) => [route.operationId, { path, method, route }] as const),
    ),
  );
  const ordered: Paths = {};
  for (const [tag, { operations }] of Object.entries(groups))
    for (const [id, operation] of Object.entries(operations)) {
      const found = routes.get(id);
      if (!found) throw new Error(`No route has the operation id ${id}`);
      routes.delete(id);
      const { path, method, route } = found;
      ordered[path] = {
        ...ordered[path],
        [method]: operationOf(id, tag, operation, route, scopesOf(method, path)),
      };
    }
  if (routes.size > 0) throw new Error(`Not in src/openapi/operations: ${[...routes.keys()].join(', ')}`);
  return ordered;
}

function scopesOf(method: string, path: string): readonly Scope[] {
  return scopesOfRoute(method.toUpperCase(), path);
}

/** The rates of a consumer that an operation counts towards: `requests`, `concurrent`, `upstream`. */
function ratesOf({ kind, errors, causesCalls }: OperationText): readonly (keyof ConsumerRate)[] {
  if (kind === 'open') return [];
  const isUpstream = causesCalls ?? errors.includes('upstream-unauthorized');
  return isUpstream ? ['requests', 'concurrent', 'upstream'] : ['requests', 'concurrent'];
}

function rateSentence(rates: readonly string[]): string {
  if (rates.length === 0) return '';
  const upstream = rates.includes('upstream') ? ', and `upstream` with each call of HSS that it causes' : '';
  return ` Counts towards the rates \`requests\` and \`concurrent\`${upstream}.`;
}

function scopeSentence(kind: OperationText['kind'], scopes: readonly Scope[]): string {
  if (kind === 'open') return '';
  return scopes.length === 0
    ? ' Needs a key and no scope.'
    : ` Needs the scope ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`;
}

function operationOf(
  id: string,
  tag: string,
  text: OperationText,
  { parameters = [] }: DocumentedOperation,
  scopes: readonly Scope[],
): DocumentedOperation {
  const { summary, kind, body } = text;
  const rates = ratesOf(text);
  const described = {
    operationId: id,
    summary,
    description: `${text.description}${scopeSentence(kind, scopes)}${rateSentence(rates)}`,
    tags: [tag],
    security: kind === 'open' ? [] : key,
    ...(kind !== 'open' && { 'x-scopes': scopes, 'x-rates': rates }),
    parameters: [
      ...parameters.map((parameter) => parameterOf(parameter, text.filledIn ?? {})),
      ...parametersNamed(headersOf[kind]),
    ],
    ...(body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: ref(body.schema), example: body.example } },
          },
        }
      : {}),
    responses: responsesOf(id, text),
  };
  return described;
}

/** Several words are written with commas between them. Nest puts extensions of a schema beside the schema. */
function parameterOf(
  parameter: DocumentedParameter | { $ref: string },
  filledIn: Readonly<Record<string, string>>,
): DocumentedParameter | { $ref: string } {
  if ('$ref' in parameter) return parameter;
  const { schema, 'x-extensible-enum': words, ...others } = parameter;
  const example = filledIn[others.name];
  return {
    ...others,
    schema: words === undefined ? schema : { ...schema, 'x-extensible-enum': words },
    ...(schema.type === 'array' ? { style: 'form', explode: false } : {}),
    ...(example === undefined ? {} : { example }),
  };
}
