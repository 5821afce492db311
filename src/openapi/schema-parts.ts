import type { OpenAPIObject } from '@nestjs/swagger';
import { scanStatuses } from '../domain/scan.js';
import { severities } from '../domain/severity.js';

/** A schema of the OpenAPI document. This file has the building blocks of schemas.ts and catalog-schemas.ts. */
export type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

export const text: Schema = { type: 'string' };
export const orNull = (schema: Schema): Schema => ({ ...schema, nullable: true });
export const textOrNull = orNull(text);
export const flagOrNull: Schema = { type: 'boolean', nullable: true };
export const integerOrNull: Schema = { type: 'integer', format: 'int64', nullable: true };
export const timeOrNull: Schema = { type: 'string', format: 'date-time', nullable: true };
export const time: Schema = { type: 'string', format: 'date-time' };

/** The six fields that name an image. */
export const imageNames = {
  imageId: textOrNull,
  digest: textOrNull,
  type: textOrNull,
  namespace: textOrNull,
  name: textOrNull,
  tag: textOrNull,
};

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const listOf = (items: Schema): Schema => ({ type: 'array', items });

export function object(properties: Record<string, Schema>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

export const scan = object({
  status: {
    ...textOrNull,
    description: `${scanStatuses.join(', ')}; others may come`,
  },
  scannedAt: timeOrNull,
  failure: orNull(object({ code: textOrNull, description: textOrNull })),
});

export const severity: Schema = {
  ...textOrNull,
  description: `${severities.join(', ')}; null is not assessed`,
};

/** The faulty fields of a request. */
export const fieldErrors = listOf(object({ field: text, message: text }));

export const count: Schema = { type: 'integer' };
