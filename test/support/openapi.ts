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
    example?: string;
  };
  example?: string;
}

export interface Operation {
  summary: string;
  operationId: string;
  parameters: Parameter[];
  security: Record<string, string[]>[];
  responses: Record<string, { content: Record<string, { schema: Schema }>; headers?: object }>;
}

type Document = Components & { openapi: string; paths: Record<string, Record<string, Operation>> };

export const words = (text: string): string[] => text.split(' ');

export class OpenApi {
  private constructor(readonly document: Document) {}

  static async of(service: TestService): Promise<OpenApi> {
    return new OpenApi((await service.request('/openapi.json')).body);
  }

  operation(route: string, method = 'get'): Operation {
    return this.document.paths[route]![method]!;
  }

  queryOf(route: string): Parameter[] {
    return this.operation(route).parameters.filter((parameter) => parameter.in === 'query');
  }

  /** The answer has a body that the document describes for the route. */
  expectDescribed(route: string, answer: TestAnswer, method?: string): void {
    const { content } = this.#response(route, answer, method);
    const { schema } = content[answer.headers.get('content-type')!.split(';')[0]!]!;
    expect(violations(this.document, schema, answer.body)).toEqual([]);
  }

  /** The answer has all headers that the document describes for the route. */
  expectHeaders(route: string, answer: TestAnswer, method?: string): void {
    const described = Object.keys(this.#response(route, answer, method).headers ?? {});
    expect(described.filter((name) => !answer.headers.has(name))).toEqual([]);
  }

  #response(route: string, { status }: TestAnswer, method?: string): Operation['responses'][string] {
    return this.operation(route, method).responses[status === 200 ? '200' : 'default']!;
  }
}

/** The names of the fields that a 400 reports; empty for other answers. */
export function refusedFields({ body }: TestAnswer): string[] {
  return body?.status === 400 ? (body.errors ?? []).map(({ field }: { field: string }) => field) : [];
}

/** Values at the documented limits of a parameter, and values just outside of the limits. */
export function valuesAtLimits({ schema }: Parameter): { accepted: string[]; refused: string[] } {
  const accepted = [...(schema.enum ?? [])];
  const refused = [''];
  if (schema.enum) refused.push(`${schema.enum[0]!}x`);
  if (schema.maxLength !== undefined) {
    accepted.push('x'.repeat(schema.maxLength));
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
