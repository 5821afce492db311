/**
 * Decorators that describe a route in the OpenAPI document: purpose, answer, API key, and problem+json for errors.
 * Used by the controllers of all data routes.
 */
import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import type { SchemaName } from './schemas.js';

/** A route whose answers can be cached: the answers have an ETag and an age. */
export function DataRoute(summary: string, schema: SchemaName): MethodDecorator & ClassDecorator {
  return applyDecorators(
    Keyed(summary),
    ApiOkResponse({
      description: 'Age and Cache-Status tell how old the answer is',
      headers: {
        ETag: { description: 'A strong tag, for If-None-Match', schema: { type: 'string' } },
        Age: {
          description: 'Seconds since the call to HSS, for the oldest part',
          schema: { type: 'integer' },
        },
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

/** A route that streams images or pairs of a host and an image, one on a line. Headers tell the state of the catalog. */
export function StreamRoute(summary: string): MethodDecorator & ClassDecorator {
  const text = (description: string) => ({ description, schema: { type: 'string' as const } });
  return applyDecorators(
    Keyed(summary),
    ApiOkResponse({
      description:
        'One image, or with of=hosts one host with one image, on each line; a stream that breaks off is incomplete',
      headers: {
        'X-Catalog-As-Of': text('The export holds the lists of HSS as of this time'),
        'X-Catalog-Complete': text('true when both lists have been read to their ends'),
        'X-Catalog-Coverage': text('baseOs=12/450, files=3/450: images with known content, of all images'),
        'X-Catalog-Mark': text('The value of `since` for /v1/catalog/changes: the changes after this export'),
        'X-Catalog-Total': text(
          'The number of lines: matching images, or pairs of a host and a matching image',
        ),
        'X-Catalog-Unknown': text('With a filter on content: the number of further images that might match'),
      },
      content: {
        'application/x-ndjson': {
          schema: {
            anyOf: [
              { $ref: '#/components/schemas/CatalogImage' },
              { $ref: '#/components/schemas/CatalogHostedImage' },
            ],
          },
        },
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
      description: 'An error; `code` names the kind',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
}
