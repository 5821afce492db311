import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ImageDocument } from '../../src/catalog/model/documents.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { applyStep, fillCatalog } from '../support/catalog.js';
import { OpenApi, refusedFields, valuesAtLimits, words } from '../support/openapi.js';
import { violations } from '../support/schema-check.js';
import { proxyAgentId as digest } from '../support/proxy-agent.js';
import { readKey, startService, type TestAnswer, type TestService } from '../support/service.js';

const filters = [
  ...words('imageId severity scanStatus vulnerabilitiesMin unsafeSettingsMin maliciousFilesMin hostsMin'),
  ...words(
    'namespace name tag registryName type notScannableReason hostId hostName hostQuery inRegistry onHosts',
  ),
  ...words(
    'running multiArch baseOs baseOsName baseOsVersion fileName filePath updatedAfter updatedBefore scannedAfter scannedBefore q',
  ),
];
const list = [...filters, ...words('sort fields facets limit cursor match')];
const routes: Record<string, string[]> = {
  '/v1/images': list,
  '/v1/hosts': [...filters, ...words('sort fields limit cursor')],
  '/v1/hosts/{hostId}/images': list.filter((name) => !['hostId', 'hostName', 'hostQuery'].includes(name)),
  '/v1/images/lookup': words('ref include fileName fileLimit enterpriseProjectId'),
  '/v1/catalog/status': [],
  '/v1/catalog/summary': filters,
  '/v1/catalog/export': [...filters, ...words('format match of')],
  '/v1/catalog/changes': words('since limit kind severity imageId hostId hostName'),
};

describe('the API of the catalog', () => {
  let emulator: Emulator;
  let service: TestService;
  let api: OpenApi;
  let documents: ImageDocument[];
  let hostId: string;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', registryImages: 120, localImages: 60 });
    service = await startService({ emulator });
    api = await OpenApi.of(service);
    documents = await fillCatalog(service, emulator, Date.now());
    hostId = documents.flatMap(({ onHosts }) => onHosts.flatMap(({ row }) => row.host?.hostId ?? []))[0]!;
  });

  afterEach(() => emulator.faults.clear());

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  async function ask(route: string, query: Record<string, string> = {}): Promise<TestAnswer> {
    const needed = route.endsWith('lookup') ? { ref: digest } : {};
    const search = new URLSearchParams({ ...needed, ...query }).toString();
    return service.get(`${route.replace('{hostId}', hostId)}?${search}`);
  }

  function expectDescribed(route: string, answer: TestAnswer, method?: string): void {
    api.expectHeaders(route, answer, method);
    api.expectDescribed(route, answer, method);
  }

  describe.each(Object.keys(routes))('the parameters of %s', (route) => {
    it('are the parameters of the contract, each with a description', () => {
      expect(
        api
          .queryOf(route)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(routes[route]!.toSorted());
      for (const { name, description, required } of api.queryOf(route)) {
        expect(description.length).toBeGreaterThan(0);
        expect([name, required]).toEqual([name, name === 'ref']);
      }
    });

    it('have the documented limits', async () => {
      for (const parameter of api.queryOf(route)) {
        const { name } = parameter;
        // A cursor is valid only for its own query, so no example can be valid.
        if (name === 'cursor' || name === 'since') continue;
        const { accepted, refused } = valuesAtLimits(parameter);
        const others: Record<string, string> = name === 'match' ? { fileName: 'x' } : {};
        for (const value of accepted)
          expect([name, value, refusedFields(await ask(route, { ...others, [name]: value }))]).toEqual([
            name,
            value,
            [],
          ]);
        for (const value of refused)
          expect([name, value, refusedFields(await ask(route, { ...others, [name]: value }))]).toEqual([
            name,
            value,
            [name],
          ]);
      }
    });
  });

  describe('an answer', () => {
    it.each(['/v1/images', '/v1/hosts', '/v1/hosts/{hostId}/images'])(
      'of %s is as described, for all items',
      async (route) => {
        let page = await ask(route, { limit: '40' });
        for (;;) {
          expect(page.status).toBe(200);
          expectDescribed(route, page);
          if (page.body.next === null) break;
          page = await service.get(page.body.next);
        }
        const facets =
          'severity,scanStatus,type,registryName,namespace,baseOs,notScannableReason,inRegistry,onHosts,running,multiArch';
        expectDescribed(
          route,
          await ask(route, { fileName: 'lib', ...(route === '/v1/hosts' ? {} : { facets }) }),
        );
      },
    );

    it.each(['/v1/catalog/summary', '/v1/catalog/status', '/v1/images/lookup', '/v1/catalog/changes'])(
      'of %s is as described',
      async (route) => {
        const event = {
          kind: 'scanned' as const,
          key: 'k',
          imageId: null,
          digest,
          namespace: null,
          name: 'n',
          tag: null,
          before: null,
          after: null,
          hostId: null,
          hostName: null,
        };
        await applyStep(service, { events: [event], readAt: Date.now() });
        const answer = await ask(route);
        expect(answer.status).toBe(200);
        expectDescribed(route, answer);
      },
    );

    it('of every image by its id is as described', async () => {
      for (const { key } of documents.slice(0, 60)) {
        const answer = await service.get(
          `/v1/images/${encodeURIComponent(key)}?include=image,baseOs,files,hosts`,
        );
        // An image without a digest from HSS has a key of our own, which is no id for this route.
        if (answer.status === 400) expect(answer.body.code).toMatch(/coordinates-required|invalid-request/);
        expectDescribed('/v1/images/{imageId}', answer);
      }
    });

    it('of a batch is as described, for items of every outcome', async () => {
      emulator.faults.schedule({ kind: 'throttle', api: 'ListRegistryImages', retryAfter: '3' });
      const answer = await service.request('/v1/images/batch-get', {
        method: 'POST',
        headers: { 'X-API-Key': readKey, 'content-type': 'application/json' },
        body: JSON.stringify({ refs: [digest, 'a//b', 'ci/unheard-of:1', `sha256:${'0'.repeat(64)}`] }),
      });
      expect(answer.body.items.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
        'ok',
        'invalid',
        'failed',
        'absent',
      ]);
      expectDescribed('/v1/images/batch-get', answer, 'post');
    });
  });

  describe('an export', () => {
    it.each(['ndjson', 'csv'])('as %s has the described content type and headers', async (format) => {
      const { content } = api.response('/v1/catalog/export', 200);
      const answer = await service.get(`/v1/catalog/export?format=${format}&fileName=x`);
      expect(Object.keys(content)).toContain(answer.headers.get('content-type')!.split(';')[0]!);
      api.expectHeaders('/v1/catalog/export', answer);
      for (const name of ['As-Of', 'Complete', 'Coverage', 'Mark', 'Total', 'Unknown'])
        expect([name, answer.headers.has(`X-Catalog-${name}`)]).toEqual([name, true]);
    });
  });

  describe('an export of hosts', () => {
    it('has the described lines', async () => {
      const { text } = await service.get('/v1/catalog/export?of=hosts&fileName=lib');
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines.length).toBeGreaterThan(0);
      const schema = { $ref: '#/components/schemas/CatalogHostedImage' };
      for (const line of lines) expect(violations(api.document, schema, line)).toEqual([]);
    });
  });

  describe('a problem', () => {
    it.each(Object.keys(routes))('of %s is as described', async (route) => {
      const answers = [await service.request(route), await ask(route, { nonsense: '1' })];
      expect(answers.map(({ status }) => status)).toEqual([401, 400]);
      for (const answer of answers) expectDescribed(route, answer);
    });
  });
});
