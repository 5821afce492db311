/** Checks the JSON of a control call. The error for a wrong field says what would be right. */
export class BadControlInput extends Error {
  override readonly name = 'BadControlInput';
}

type Check = (value: unknown) => boolean;

export interface Field {
  readonly expects: string;
  readonly accepts: Check;
  readonly optional: boolean;
}

type Fields = Readonly<Record<string, Field>>;
export type JsonObject = Readonly<Record<string, unknown>>;

const field = (expects: string, accepts: Check): Field => ({ expects, accepts, optional: false });

export const optional = (inner: Field): Field => ({ ...inner, optional: true });

export const orNull = (inner: Field): Field => ({
  ...inner,
  expects: `${inner.expects} or null`,
  accepts: (value) => value === null || inner.accepts(value),
});

export const text = field('a string', (value) => typeof value === 'string');
export const flag = field('true or false', (value) => typeof value === 'boolean');
export const anyNumber = field('a number', (value) => Number.isFinite(value));
export const object = field('an object', isObject);
export const textOrObject = field(
  'a string or an object',
  (value) => typeof value === 'string' || isObject(value),
);
export const objects = field('a list of objects', (value) => Array.isArray(value) && value.every(isObject));
export const texts = field(
  'a list of strings',
  (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
);
export const listOrNew = field("a list of objects or 'new'", (value) => {
  return value === 'new' || (Array.isArray(value) && value.every(isObject));
});

export const integer = (min: number, max = Number.MAX_SAFE_INTEGER): Field =>
  field(
    max === Number.MAX_SAFE_INTEGER ? `an integer from ${min}` : `an integer from ${min} to ${max}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
  );

export const oneOf = (words: readonly string[]): Field =>
  field(`one of ${words.join(', ')}`, (value) => words.includes(String(value)));

export const headers = field('an object of strings', (value) => {
  return isObject(value) && Object.values(value).every((header) => typeof header === 'string');
});

export function parseObject(body: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw new BadControlInput('The body must be JSON');
  }
  if (!isObject(parsed)) throw new BadControlInput('The body must be a JSON object');
  return parsed;
}

/** @returns the object unchanged: checked, nothing added. */
export function check(input: JsonObject, fields: Fields): JsonObject {
  const allowed = Object.entries(fields).map(([name, { expects }]) => `${name} (${expects})`);
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(fields, name)) {
      throw new BadControlInput(`Unknown field ${name}; allowed: ${allowed.join(', ') || 'none'}`);
    }
  }
  for (const [name, { expects, accepts, optional: mayMiss }] of Object.entries(fields)) {
    const value = input[name];
    if (value === undefined && mayMiss) continue;
    if (!accepts(value)) throw new BadControlInput(`${name} must be ${expects}`);
  }
  return input;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
