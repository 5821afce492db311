/**
 * Building blocks of the schemas in src/openapi/schemas/: JSON Schema 2020-12, as OpenAPI 3.1 has it. A field of an
 * answer is always present, and null where HSS gave no value.
 */
export interface Schema {
  readonly [keyword: string]: unknown;
}

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const count: Schema = { type: 'integer', minimum: 0 };
/** RFC 3339 in UTC. */
export const time: Schema = { type: 'string', format: 'date-time' };
export const nothing: Schema = { type: 'null' };

export function orNull(schema: Schema): Schema {
  const { type, ...rest } = schema;
  return typeof type === 'string' ? { type: [type, 'null'], ...rest } : { anyOf: [schema, nothing] };
}

export const textOrNull = orNull(text);
export const flagOrNull = orNull(flag);
export const timeOrNull = orNull(time);
/** An integer of HSS, with every digit of an int64. */
export const integerOrNull = orNull({ type: 'integer', format: 'int64' });

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const listOf = (items: Schema): Schema => ({ type: 'array', items });
export const about = (description: string, schema: Schema): Schema => ({ ...schema, description });
export const word = (value: string): Schema => ({ type: 'string', const: value });

export function object(properties: Record<string, Schema>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

/** The words that this release knows. A type of its own, so that a client compares answers with checked words. */
export const knownWords = (words: readonly string[]): Schema => ({ type: 'string', enum: [...words] });

/** A known word, or a word that a later release or HSS adds. `known` names the schema with the known words. */
export const openWord = (known: string, description: string): Schema => ({
  description: `${description} New words may appear at any time.`,
  anyOf: [ref(known), text],
});
