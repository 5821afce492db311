// What the document says of each operation beside its form: scopes, rates, error codes.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { methods } from '../support/openapi-contract.js';
import { OpenApi } from '../support/openapi.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

describe('an operation of the document', () => {
  const story = useEmulatedService();
  let api: OpenApi;

  beforeAll(async () => {
    api = await OpenApi.of(story.service);
  });

  it('says which scope each operation needs', () => {
    const scopes = Object.fromEntries(
      api.operations.map(({ operation }) => [operation.operationId, operation['x-scopes']?.join()]),
    );
    expect(scopes).toMatchObject({
      getImage: 'read',
      getCatalogStatus: 'read,watch',
      listHosts: 'hosts',
      listLocalImages: 'hosts',
      exportCatalog: 'export',
      getBudget: 'watch',
      purgeCache: 'admin',
      getMe: '',
    });
    for (const { operation } of api.operations)
      for (const scope of operation['x-scopes'] ?? [])
        expect(operation.description).toContain(`\`${scope}\``);
  });

  it('says which rates each operation counts towards', () => {
    const upstream = 'requests,concurrent,upstream';
    const rates = Object.fromEntries(
      api.operations.map(({ operation }) => [operation.operationId, operation['x-rates']?.join()]),
    );
    expect(rates).toMatchObject({
      getImage: upstream,
      batchGetImages: upstream,
      listLocalImages: upstream,
      searchImages: 'requests,concurrent',
      getMe: 'requests,concurrent',
      getHealth: undefined,
    });
    for (const { operation } of api.operations)
      for (const rate of operation['x-rates'] ?? []) expect(operation.description).toContain(`\`${rate}\``);
  });

  it('names the error codes of each operation, not only their statuses', () => {
    const codesOf = (route: string, status: number): unknown => {
      const { schema } = api.response(route, status, methods[route]).content['application/problem+json']!;
      const [, narrowed] = schema['allOf'] as [unknown, { properties: { code: { enum: string[] } } }];
      return narrowed.properties.code.enum;
    };
    expect(codesOf('/v1/images', 400)).toEqual(['invalid-request']);
    expect(codesOf('/v1/images/{imageId}', 400)).toEqual(['invalid-request', 'image-coordinates-required']);
    expect(codesOf('/v1/registry-images', 503)).not.toContain('catalog-not-ready');
    expect(codesOf('/v1/me', 503)).toEqual(['overloaded']);
  });
});
