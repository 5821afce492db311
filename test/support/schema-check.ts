/**
 * Compares a value with a schema of an OpenAPI 3.0 document, for the keywords that our document uses. Throws for other
 * keywords. Stricter than the document, where new fields may appear at any time: an undescribed field is a violation.
 */
export interface Schema {
  $ref?: string;
  /** Has one element here: the form of a reference that can be null. */
  allOf?: Schema[];
  /** An answer in one of several forms. */
  anyOf?: Schema[];
  type?: string;
  nullable?: boolean;
  description?: string;
  format?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
}

export interface Components {
  components: { schemas: Record<string, Schema> };
}

const understood = new Set([
  '$ref',
  'allOf',
  'anyOf',
  'type',
  'nullable',
  'format',
  'enum',
  'properties',
  'required',
  'items',
  'description',
  'example',
  'default',
]);
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** @returns the faults, each with its place; empty when the value conforms. */
export function violations(document: Components, schema: Schema, value: unknown, place = '$'): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !understood.has(keyword));
  if (unknown.length > 0)
    throw new Error(`${place}: keywords that are not understood: ${unknown.join(', ')}`);
  if (schema.$ref !== undefined) return violations(document, resolve(document, schema.$ref), value, place);
  if (value === null) return schema.nullable ? [] : [`${place} is null`];
  if (schema.allOf) return schema.allOf.flatMap((one) => violations(document, one, value, place));
  if (schema.anyOf) {
    const faults = schema.anyOf.map((one) => violations(document, one, value, place));
    return faults.some(({ length }) => length === 0) ? [] : faults.flat();
  }
  // A schema with a description and without a type accepts every value.
  if (schema.type === undefined && schema.description !== undefined) return [];
  if (schema.enum && !schema.enum.includes(value)) return [`${place} is ${JSON.stringify(value)}`];
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') return [`${place} is no string`];
      return schema.format === 'date-time' && !dateTime.test(value) ? [`${place} is no time: ${value}`] : [];
    case 'integer':
      return Number.isInteger(value) ? [] : [`${place} is no integer`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${place} is no boolean`];
    case 'array':
      if (!Array.isArray(value)) return [`${place} is no array`];
      return value.flatMap((item, index) =>
        violations(document, schema.items ?? {}, item, `${place}[${index}]`),
      );
    case 'object':
      return objectViolations(document, schema, value, place);
    default:
      throw new Error(`${place}: type ${String(schema.type)} is not understood`);
  }
}

function objectViolations(document: Components, schema: Schema, value: unknown, place: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${place} is no object`];
  const { properties = {}, required = [] } = schema;
  const missing = required.filter((name) => !(name in value)).map((name) => `${place}.${name} is missing`);
  const found = Object.entries(value).flatMap(([name, field]) => {
    const property = properties[name];
    const here = `${place}.${name}`;
    return property ? violations(document, property, field, here) : [`${here} is not described`];
  });
  return [...missing, ...found];
}

function resolve({ components }: Components, ref: string): Schema {
  const schema = components.schemas[ref.replace('#/components/schemas/', '')];
  if (!schema) throw new Error(`${ref} leads nowhere`);
  return schema;
}
