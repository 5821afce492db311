import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import type { SchemaName } from './schemas.js';

/** What the OpenAPI document says of a data route: its purpose, its answer, and that errors are problem+json. */
export function DataRoute(summary: string, schema: SchemaName): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiSecurity('bearer'),
    ApiSecurity('apiKey'),
    ApiOkResponse({
      description: 'Found; Age and Cache-Status tell how old it is',
      headers: {
        ETag: { description: 'Strong; for If-None-Match', schema: { type: 'string' } },
        Age: { description: 'Seconds since HSS was asked, for the oldest part', schema: { type: 'integer' } },
        'Cache-Status': { description: 'RFC 9211', schema: { type: 'string' } },
      },
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
    }),
    ApiResponse({
      status: 'default',
      description: 'An error; `code` says which',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
}
