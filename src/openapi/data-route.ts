/**
 * Decorators that describe a route in the OpenAPI document: purpose, answer, API key, and problem+json for errors. Used
 * by the controllers of all data routes.
 */
import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import type { SchemaName } from './schemas.js';

/** A route whose answers can be cached: the answers have an ETag and an age. */
export function DataRoute(summary: string, schema: SchemaName): MethodDecorator & ClassDecorator {
  return applyDecorators(
    Keyed(summary),
    ApiOkResponse({
      description: 'Found; Age and Cache-Status tell how old it is',
      headers: {
        ETag: { description: 'Strong; for If-None-Match', schema: { type: 'string' } },
        Age: { description: 'Seconds since HSS was asked, for the oldest part', schema: { type: 'integer' } },
        'Cache-Status': { description: 'RFC 9211', schema: { type: 'string' } },
      },
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
    }),
  );
}

/** A route that tells the state of this moment: the answers are never kept, so they have no ETag and no age. */
export function MomentRoute(summary: string, description: string, schema: SchemaName): MethodDecorator {
  return applyDecorators(
    Keyed(summary),
    ApiOkResponse({
      description,
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
    }),
  );
}

/** A route that streams images, one on a line. Headers tell the state of the catalog. */
export function StreamRoute(summary: string): MethodDecorator & ClassDecorator {
  const text = (description: string) => ({ description, schema: { type: 'string' as const } });
  return applyDecorators(
    Keyed(summary),
    ApiOkResponse({
      description: 'One image a line; a stream that breaks off is not whole',
      headers: {
        'X-Catalog-As-Of': text('As of when the lists of HSS are in it'),
        'X-Catalog-Complete': text('Whether both lists were read to their ends'),
        'X-Catalog-Coverage': text('baseOs=12/450, files=3/450: known of all'),
        'X-Catalog-Total': text('How many images match'),
        'X-Catalog-Unknown': text('Under a filter on content: how many more might match'),
      },
      content: {
        'application/x-ndjson': { schema: { $ref: '#/components/schemas/CatalogImage' } },
        'text/csv': { schema: { type: 'string' } },
      },
    }),
  );
}

function Keyed(summary: string): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiSecurity('bearer'),
    ApiSecurity('apiKey'),
    ApiResponse({
      status: 'default',
      description: 'An error; `code` says which',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
}
