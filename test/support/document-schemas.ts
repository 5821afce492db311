/** Checks answers against the schemas of the OpenAPI document, with a validator that was not written here. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { RawAnswer } from './raw-http.js';

type Json = Record<string, unknown>;

export interface DocumentOperation {
  route: string;
  method: string;
  parameters: { name: string; in: string; schema: Json }[];
}

export class DocumentSchemas {
  readonly #ajv = new Ajv2020({ strict: false });
  readonly #validators = new Map<string, ValidateFunction>();
  readonly operations: readonly DocumentOperation[];

  constructor(private readonly document: { paths: Record<string, Record<string, Json>> }) {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(withoutNullable(document) as Json, 'document');
    this.operations = Object.entries(document.paths).flatMap(([route, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        route,
        method: method.toUpperCase(),
        parameters: (operation['parameters'] ?? []) as DocumentOperation['parameters'],
      })),
    );
  }

  /** @returns the fault of the answer to this operation; undefined for an answer as described. */
  fault(
    { route, method }: DocumentOperation,
    { status, headers, body, text }: RawAnswer,
  ): string | undefined {
    if (status === 304) return text === '' ? undefined : 'a 304 with a body';
    const responses = this.document.paths[route]![method.toLowerCase()]!['responses'] as Json;
    const described = [String(status), `${String(status).charAt(0)}XX`, 'default'].find(
      (key) => key in responses,
    );
    if (described === undefined) return `status ${status} is not described`;
    const response = responses[described] as { content?: Record<string, { schema?: Json }> };
    const type = headers['content-type']?.split(';')[0] ?? '';
    if (!response.content) return undefined;
    if (!(type in response.content)) return `${type} is not described for ${status}`;
    if (!response.content[type]!.schema || !/[/+]json$/.test(type)) return undefined;
    const place = ['paths', route, method.toLowerCase(), 'responses', described, 'content', type, 'schema'];
    return this.#violation(place, body);
  }

  /** @returns the fault of a problem that no operation describes. */
  problemFault({ body }: RawAnswer): string | undefined {
    return this.#violation(['components', 'schemas', 'Problem'], body);
  }

  #violation(place: readonly string[], value: unknown): string | undefined {
    const pointer = place
      .map((part) => encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1')))
      .join('/');
    const validate = this.#validators.get(pointer) ?? this.#ajv.compile({ $ref: `document#/${pointer}` });
    this.#validators.set(pointer, validate);
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors);
  }
}

/** OpenAPI 3.0 writes `nullable`; JSON Schema has the type null. Changes nothing in a document of OpenAPI 3.1. */
function withoutNullable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullable);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withoutNullable(each)]),
  );
  return nullable === true
    ? { anyOf: [rest, { type: 'null' }] }
    : nullable === undefined
      ? rest
      : { ...rest, nullable };
}
