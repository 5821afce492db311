import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { methods, operationIds, routes, statusOfCode } from '../support/openapi-contract.js';
import { OpenApi, refusedFields, valuesAtLimits, type Parameter } from '../support/openapi.js';
import { proxyAgentCoordinates, proxyAgentId } from '../support/proxy-agent.js';
import { adminKey, startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const packageVersion = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

describe('the API', () => {
  let clock: TestClock;
  let emulator: Emulator;
  let service: TestService;
  let api: OpenApi;

  beforeAll(async () => {
    clock = new TestClock();
    emulator = await startEmulator({ rate: 'off', clock, registryImages: 220, localImages: 220 });
    service = await startService({ emulator, clock });
    api = await OpenApi.of(service);
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  afterEach(() => emulator.faults.clear());

  const operation = (route: string) => api.operation(route, methods[route]);
  const expand = (route: string) => route.replace('{imageId}', proxyAgentId);
  /** The parameters without which a route refuses every request. */
  const needed = (route: string): Record<string, string> =>
    route.includes('{imageId}') ? proxyAgentCoordinates : {};

  async function ask(route: string, query: Record<string, string>): Promise<TestAnswer> {
    return service.get(`${expand(route)}?${new URLSearchParams({ ...needed(route), ...query }).toString()}`);
  }

  const expectDescribed = (route: string, answer: TestAnswer) =>
    api.expectDescribed(route, answer, methods[route]);

  describe('the OpenAPI document', () => {
    it('describes all data routes, admin routes and health checks, and no other route', () => {
      expect(Object.keys(api.document.paths).sort()).toEqual(
        [...Object.keys(routes), ...Object.keys(methods)].sort(),
      );
      for (const [path, operations] of Object.entries(api.document.paths))
        expect(Object.keys(operations)).toEqual([methods[path] ?? 'get']);
    });

    it('is OpenAPI 3.1, of the release, without an error of a linter', async () => {
      expect(api.document.openapi).toBe('3.1.0');
      expect(api.document.info.version).toBe(packageVersion);
      const config = await createConfig({ extends: ['recommended'] });
      const faults = await lintFromString({ source: JSON.stringify(api.document), config });
      const errors = faults.filter(({ severity }) => severity === 'error');
      expect(errors.map(({ message, location }) => [message, location[0]?.pointer])).toEqual([]);
    });

    it('has no broken reference', () => {
      const refs = [...JSON.stringify(api.document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!);
      expect(refs.length).toBeGreaterThan(10);
      for (const ref of refs) expect(api.document).toHaveProperty(ref.replace('#/', '').split('/'));
    });

    it('gives every operation the name of a good method, and keeps it', () => {
      const ids = Object.fromEntries(
        api.operations.map(({ route, operation }) => [route, operation.operationId]),
      );
      expect(ids).toEqual(operationIds);
      // What a newcomer wants comes first.
      expect(api.operations[0]!.operation.operationId).toBe('searchImages');
    });

    it('describes every operation, with a group, its errors and its request headers', () => {
      const groups = api.document.tags.map(({ name }) => name);
      for (const { route, operation } of api.operations) {
        const { summary, description, tags, security, responses } = operation;
        expect([summary, description]).not.toContain('');
        expect(groups).toEqual(expect.arrayContaining(tags));
        const isOpen = route.startsWith('/health');
        expect(security).toEqual(isOpen ? [] : [{ bearer: [] }, { apiKey: [] }]);
        const statuses = Object.keys(responses);
        expect(statuses).toEqual(expect.arrayContaining(isOpen ? ['200'] : ['200', '400', '401', '503']));
        const headers = api.parametersOf(operation).filter((parameter) => parameter.in === 'header');
        const sent = headers.map(({ name }) => name);
        expect(sent).toContain('X-Request-Id');
        expect(sent.includes('If-None-Match')).toBe(statuses.includes('304'));
      }
    });

    it('says what a real answer of every operation looks like', () => {
      for (const { route, operation } of api.operations) {
        const { content } = operation.responses['200'] as { content: Record<string, { example?: unknown }> };
        for (const [type, { example }] of Object.entries(content))
          expect([route, type, example === undefined]).toEqual([route, type, false]);
      }
    });

    it('types Retry-After, and takes several words as lists of known ones', () => {
      expect(api.document.components.headers['Retry-After']).toMatchObject({
        required: true,
        schema: { type: 'integer', minimum: 1 },
      });
      const lists = Object.values(api.document.paths)
        .flatMap((methods) => Object.values(methods))
        .flatMap((operation) => api.parametersOf(operation))
        .filter(({ name }) => ['sort', 'fields', 'facets', 'include', 'kind'].includes(name));
      expect(lists.length).toBeGreaterThan(8);
      for (const { name, schema, ...parameter } of lists) {
        if (schema.type === 'string')
          expect([name, schema.enum]).toEqual(['sort', ['scannedAt', '-scannedAt']]);
        else expect(parameter).toMatchObject({ style: 'form', explode: false });
        expect((schema.items ?? schema).enum!.length).toBeGreaterThan(1);
      }
    });

    it('declares the parameters of every path', () => {
      for (const route of Object.keys(routes)) {
        const declared = api.parametersOf(operation(route)).filter((parameter) => parameter.in === 'path');
        const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        expect(declared.map(({ name }) => name)).toEqual(names);
        for (const { required } of declared) expect(required).toBe(true);
      }
    });

    it('lists exactly the error codes of the contract', () => {
      const { enum: codes } = api.document.components.schemas['ProblemCode']!;
      expect([...(codes as string[])].sort()).toEqual(Object.keys(statusOfCode).sort());
    });
  });

  describe('/v1/admin/budget', () => {
    const route = '/v1/admin/budget';

    it('answers as described, when idle and when throttled', async () => {
      const show = () => service.request(route, { headers: { 'X-API-Key': adminKey } });
      const idle = await show();
      emulator.faults.schedule({ kind: 'throttle', api: 'ListImageLocal', retryAfter: '30' });
      await service.get('/v1/local-images?name=throttled');
      const paused = await show();
      for (const answer of [idle, paused]) {
        expect(answer.status).toBe(200);
        expectDescribed(route, answer);
      }
      expect(idle.text).toContain('"pausedUntil":null');
      expect(paused.text).toMatch(/"pausedUntil":"/);
      expect(paused.text).toMatch(/"learnedLimit":\{/);
      clock.advance(15 * 60_000);
    });
  });

  describe('/v1/admin/cache', () => {
    it('answers as described, also to a purge', async () => {
      await service.get('/v1/local-images');
      const headers = { 'X-API-Key': adminKey };
      const state = await service.request('/v1/admin/cache', { headers });
      expect(state.status).toBe(200);
      expect(state.body.memory.entries).toBeGreaterThan(0);
      expectDescribed('/v1/admin/cache', state);
      const purged = await service.purge();
      expect([purged.status, purged.body]).toEqual([200, { tag: 'all', missing: [] }]);
      expectDescribed('/v1/admin/cache/purge', purged);
      expectDescribed('/v1/admin/cache/purge', await service.purge({ all: 'yes' }));
      const forecast = await service.purge({ all: true, dryRun: true });
      expect(forecast.body).toEqual({ entries: 0, calls: 0, refilledBy: null });
      expectDescribed('/v1/admin/cache/purge', forecast);
    });
  });

  describe.each(Object.keys(routes))('the parameters of %s', (route) => {
    it('are the parameters of the contract, each with a description', () => {
      const parameters = api.queryOf(route);
      expect(parameters.map(({ name }) => name).sort()).toEqual(routes[route]!.toSorted());
      for (const { description, required } of parameters) {
        expect(description.length).toBeGreaterThan(0);
        expect(required).toBe(false);
      }
    });

    it('are all accepted; parameters of other routes are refused', async () => {
      const documented = api.queryOf(route);
      const sample = (parameter: Parameter) =>
        needed(route)[parameter.name] ??
        valuesAtLimits(parameter).accepted[0] ??
        (/(After|Before)$/.test(parameter.name) ? '2026-01-31T12:00:00Z' : 'true');
      const all = Object.fromEntries(documented.map((parameter) => [parameter.name, sample(parameter)]));
      // The service refuses a range whose start and end are equal.
      const ends = Object.keys(all).filter((name) => name.endsWith('Before'));
      for (const name of ends) all[name] = '2999-01-01T00:00:00Z';
      expect(refusedFields(await ask(route, all))).toEqual([]);

      const names = new Set(Object.values(routes).flat());
      for (const { name } of documented) names.delete(name);
      const foreign = Object.fromEntries([...names].map((name) => [name, 'true']));
      expect(refusedFields(await ask(route, foreign)).sort()).toEqual([...names].sort());
    });

    it('have the documented limits', async () => {
      for (const parameter of api.queryOf(route)) {
        const { name } = parameter;
        const { accepted, refused } = valuesAtLimits(parameter);
        const others: Record<string, string> = name === 'tag' ? { name: 'x' } : {};
        for (const value of accepted) {
          expect([name, value, refusedFields(await ask(route, { ...others, [name]: value }))]).toEqual([
            name,
            value,
            [],
          ]);
        }
        for (const value of refused)
          expect(refusedFields(await ask(route, { ...others, [name]: value }))).toEqual([name]);
      }
    });
  });

  describe('an answer', () => {
    it.each(['/v1/registry-images', '/v1/local-images'])(
      'of %s is as described, for all rows',
      async (route) => {
        let next: string | null = `${route}?limit=200`;
        let rows = 0;
        while (next !== null) {
          const page: TestAnswer = await service.get(next);
          expect(page.status).toBe(200);
          expectDescribed(route, page);
          rows += Number(page.body.items.length);
          next = page.body.next;
        }
        expect(rows).toBe(220);
      },
    );

    it.each(['/v1/images/{imageId}/files', '/v1/images/{imageId}/base-os'])(
      'of %s is as described',
      async (route) => {
        const page = await ask(route, {});
        expect(page.body.items.length).toBeGreaterThan(0);
        expectDescribed(route, page);
        const empty = await ask(route, {
          [route.endsWith('files') ? 'fileName' : 'osName']: 'no such thing',
        });
        expect(empty.body.items).toEqual([]);
        expectDescribed(route, empty);
      },
    );

    const merged = '/v1/images/{imageId}';

    it.each(['image', 'baseOs', 'files', 'hosts', 'image,baseOs,files,hosts'])(
      'of the merged route is as described for include=%s',
      async (include) => {
        const answer = await ask(merged, { include });
        expect(answer.status).toBe(200);
        expect(Object.keys(answer.body).sort()).toEqual([...include.split(','), 'parts'].sort());
        expect(Object.keys(answer.body.parts).sort()).toEqual(include.split(',').sort());
        expectDescribed(merged, answer);
      },
    );

    it('of the merged route is as described for every kind of registry image', async () => {
      const seen = new Set<string>();
      for (const { row } of emulator.data.registryImages) {
        const kind = `${row.image_type} ${row.scan_status}`;
        if (seen.has(kind) || !row.image_id || !row.image_name || !row.image_version || !row.namespace)
          continue;
        seen.add(kind);
        const { image_id, image_name, image_version, namespace } = row;
        const query = new URLSearchParams({
          type: row.image_type!,
          namespace,
          name: image_name,
          tag: image_version,
          include: 'image,baseOs,files,hosts',
        });
        const answer = await service.get(`/v1/images/${image_id}?${query.toString()}`);
        expect([kind, answer.status]).toEqual([kind, 200]);
        expectDescribed(merged, answer);
      }
      expect(seen.size).toBeGreaterThan(10);
    });

    it('of the merged route is as described for a CI/CD image', async () => {
      const answer = await service.get('/v1/images/111?type=cicd&include=image,baseOs,files,hosts');
      expect(answer.status).toBe(200);
      expectDescribed(merged, answer);
      const described = await service.get('/v1/images/111?type=cicd&include=image');
      expect(described.status).toBe(200);
      expectDescribed(merged, described);
    });

    it('of the merged route is as described with parts that failed or are stale', async () => {
      const query = { include: 'image,baseOs,files,hosts', fileName: 'gold' };
      expect((await ask(merged, query)).status).toBe(200);
      clock.advance(8 * 24 * 3_600_000);
      emulator.faults.schedule({ kind: 'throttle', api: 'ListImageFiles' });
      emulator.faults.schedule({ kind: 'garbage', api: 'ListImageBasicImage' });
      // A part has a reason only after its refresh failed.
      const hasReasons = ({ files, baseOs }: TestAnswer['body']) => files.error && baseOs.error;
      await until(async () => hasReasons((await ask(merged, query)).body.parts));
      const stale = await ask(merged, query);
      expect(stale.body.parts).toMatchObject({ files: { status: 'stale' }, baseOs: { status: 'stale' } });
      expect(stale.body.parts.files.error.retryAt).toEqual(expect.any(String));
      expectDescribed(merged, stale);

      clock.advance(15 * 24 * 3_600_000);
      const failed = await ask(merged, query);
      expect(failed.body.parts).toMatchObject({ files: { status: 'failed' }, baseOs: { status: 'failed' } });
      expectDescribed(merged, failed);
    });
  });

  describe('a problem', () => {
    it.each(Object.keys(routes))('of %s is as described', async (route) => {
      const answers = [
        await service.request(expand(route)),
        await ask(route, { limit: 'x', nonsense: '1' }),
        await ask(route, { enterpriseProjectId: 'not-ours' }),
      ];
      clock.advance(15 * 24 * 3_600_000);
      answers.push(await ask(route, { enterpriseProjectId: '0' }));
      expect(answers.map(({ status }) => status)).toEqual([401, 400, 403, 200]);
      clock.advance(30 * 24 * 3_600_000);
      for (const fault of [
        { kind: 'throttle', retryAfter: '3' },
        { kind: 'status', status: 404, code: 'APIGW.0101' },
        { kind: 'garbage' },
        { kind: 'reset' },
      ] as const) {
        emulator.faults.schedule(fault);
        answers.push(await ask(route, {}));
        emulator.faults.clear();
        // The service answers with the same failure until this time has passed.
        clock.advance(10_000);
      }
      answers.push(await service.get(expand(route), { 'Cache-Control': 'only-if-cached' }));
      for (const answer of answers) expectDescribed(route, answer);
      expect(answers.slice(4, 8).map(({ body }) => body.code)).toEqual([
        'upstream-throttled',
        'upstream-unsupported',
        'upstream-invalid-response',
        'upstream-unavailable',
      ]);
    });
  });
});
