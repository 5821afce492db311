/**
 * The OpenAPI document of the service, as the tests of single routes read it. Compares routes and answers with the
 * document; schema-check.ts compares a single value with a schema.
 */
import { expect } from '@jest/globals';
import { violations, type Components, type Schema } from './schema-check.js';
import type { TestAnswer, TestService } from './service.js';

export interface Parameter {
  name: string;
  in: string;
  required: boolean;
  description: string;
  schema: {
    type: string;
    minimum?: number;
    maximum?: number;
    maxLength?: number;
    enum?: string[];
    items?: { enum: string[] };
    default?: unknown;
    'x-extensible-enum'?: string[];
  };
  example?: string;
}

interface Reference {
  $ref: string;
}

interface Response {
  description: string;
  content: Record<string, { schema: Schema; example?: unknown }>;
  headers?: Record<string, Reference>;
}

export interface Operation {
  summary: string;
  description: string;
  operationId: string;
  tags: string[];
  parameters: (Parameter | Reference)[];
  security: Record<string, string[]>[];
  /** One of these scopes is enough. Missing where no key is needed. */
  'x-scopes'?: string[];
  'x-rates'?: string[];
  requestBody?: { content: Record<string, { schema: Schema; example: object }> };
  responses: Record<string, Response | Reference>;
}

export type Document = Components & {
  openapi: string;
  info: { version: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    parameters: Record<string, Parameter>;
    headers: Record<string, { required: boolean; schema: Schema }>;
    responses: Record<string, Response>;
  };
};

export const words = (text: string): string[] => text.split(' ');

export class OpenApi {
  private constructor(readonly document: Document) {}

  static async of(service: TestService): Promise<OpenApi> {
    return new OpenApi((await service.request('/openapi.json')).body);
  }

  operation(route: string, method = 'get'): Operation {
    return this.document.paths[route]![method]!;
  }

  /** All operations, in the order of the document. */
  get operations(): { route: string; method: string; operation: Operation }[] {
    return Object.entries(this.document.paths).flatMap(([route, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ route, method, operation })),
    );
  }

  queryOf(route: string): Parameter[] {
    return this.parametersOf(this.operation(route)).filter((parameter) => parameter.in === 'query');
  }

  parametersOf({ parameters }: Operation): Parameter[] {
    return parameters.map((parameter) => this.#resolved(parameter));
  }

  /** The answer has a body that the document describes for the route. */
  expectDescribed(route: string, answer: TestAnswer, method?: string): void {
    const { content } = this.response(route, answer.status, method);
    const { schema } = content[answer.headers.get('content-type')!.split(';')[0]!]!;
    expect(violations(this.document, schema, answer.body)).toEqual([]);
  }

  /** The answer has all headers that the document promises for the route, each in the described form. */
  expectHeaders(route: string, answer: TestAnswer, method?: string): void {
    for (const [name, reference] of Object.entries(
      this.response(route, answer.status, method).headers ?? {},
    )) {
      const { required, schema } = this.#resolved<{ required: boolean; schema: Schema }>(reference);
      const value = answer.headers.get(name);
      if (required) expect([route, name, value === null]).toEqual([route, name, false]);
      const isNumber = value !== null && schema['type'] === 'integer';
      if (isNumber) expect([name, violations(this.document, schema, Number(value))]).toEqual([name, []]);
    }
  }

  response(route: string, status: number, method?: string): Response {
    const response = this.operation(route, method).responses[String(status)];
    if (!response) throw new Error(`${route}: the status ${status} is not described`);
    return this.#resolved(response);
  }

  #resolved<Part extends object>(part: Part | Reference): Part {
    if (!('$ref' in part)) return part;
    const [kind, name] = part.$ref.replace('#/components/', '').split('/') as ['responses', string];
    return this.document.components[kind][name] as unknown as Part;
  }
}

/** The names of the fields that a 400 reports; empty for other answers. */
export function refusedFields({ body }: TestAnswer): string[] {
  return body?.status === 400 ? (body.errors ?? []).map(({ field }: { field: string }) => field) : [];
}

/** Values at the documented limits of a parameter, and values just outside of the limits. */
export function valuesAtLimits({ schema }: Parameter): { accepted: string[]; refused: string[] } {
  const { enum: closed = schema.items?.enum ?? [], 'x-extensible-enum': open } = schema;
  const accepted = [...closed, ...(open ?? [])];
  const refused = [''];
  if (closed.length > 0) refused.push(`${closed[0]!}x`);
  if (schema.items) {
    // A sort key stands beside the same key with a minus, and only one of them may be given.
    accepted.push([closed[0], closed[2] ?? closed[1]].join(','));
    refused.push(`${closed[0]!},${closed[0]!}`);
  }
  if (schema.maxLength !== undefined) {
    // A new word is right only while the catalog has the word.
    if (!open) accepted.push('x'.repeat(schema.maxLength));
    refused.push('x'.repeat(schema.maxLength + 1));
  }
  if (schema.type === 'integer') {
    // A schema without a maximum says int64.
    accepted.push(String(schema.minimum), String(schema.maximum ?? '9223372036854775807'));
    refused.push(String(schema.minimum! - 1), String((schema.maximum ?? 2 ** 63) + 1));
  }
  if (schema.type === 'boolean') {
    accepted.push('true', 'false');
    refused.push('1');
  }
  return { accepted, refused };
}
