/**
 * All schemas of the document by name. test/e2e/openapi.test.ts compares them with real answers, and
 * test/e2e/clients.test.ts compares the types that a generator makes of them with the types of the rows. New
 * fields may appear at any time.
 */
import type { Schema } from '../schema-parts.js';
import { catalogImageSchemas } from './catalog-image.js';
import { catalogListSchemas } from './catalog-lists.js';
import { catalogStatusSchemas } from './catalog-status.js';
import { imageSchemas } from './images.js';
import { mergedSchemas } from './merged.js';
import { operatorSchemas } from './operators.js';
import { problemSchemas } from './problem.js';
import { wordSchemas } from './words.js';

export const schemas = {
  ...mergedSchemas,
  ...imageSchemas,
  ...catalogImageSchemas,
  ...catalogListSchemas,
  ...catalogStatusSchemas,
  ...operatorSchemas,
  ...wordSchemas,
  ...problemSchemas,
} satisfies Record<string, Schema>;

export type SchemaName = keyof typeof schemas;
