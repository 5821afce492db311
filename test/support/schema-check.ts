/**
 * Compares values with schemas of an OpenAPI 3.1 document. Stricter than the document, where new fields may appear at
 * any time: an undescribed field is a violation. Throws for keywords that are not understood.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv';

export interface Schema {
  readonly [keyword: string]: unknown;
}

export interface Components {
  components: { schemas: Record<string, Schema> };
}

const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false });
// A schema becomes a document of its own, and brings the schemas that it refers to.
ajv.addKeyword('components');
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
ajv.addFormat('int64', true);

const compiled = new WeakMap<Components, Map<string, ValidateFunction>>();

/** @returns the faults, each with its place; empty when the value conforms. */
export function violations(document: Components, schema: Schema, value: unknown): string[] {
  const known = compiled.get(document) ?? new Map<string, ValidateFunction>();
  compiled.set(document, known);
  const name = JSON.stringify(schema);
  const check = known.get(name) ?? ajv.compile(closed(document, schema));
  known.set(name, check);
  if (check(value)) return [];
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `$${instancePath} ${message}: ${JSON.stringify(params)}`,
  );
}

/** The schema as a document of its own, without room for undescribed fields. */
function closed({ components }: Components, schema: Schema): Schema {
  const schemas = Object.fromEntries(
    Object.entries(components.schemas).map(([name, each]) => [name, strict(each)]),
  );
  return { ...(strict(schema) as Schema), components: { schemas } };
}

function strict(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(strict);
  if (typeof part !== 'object' || part === null) return part;
  const inner = Object.fromEntries(
    // The members of `allOf` describe one object together, and the first of them is closed.
    Object.entries(part).map(([name, value]) => [name, name === 'allOf' ? value : strict(value)]),
  );
  const isObject = 'properties' in part && typeof part.properties === 'object' && !('const' in part);
  return isObject ? { ...inner, additionalProperties: false } : inner;
}
