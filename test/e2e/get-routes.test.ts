// Every GET route, documented or not: what HEAD says, and whether unchanged data travel again.
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { applyStep, fillCatalog } from '../support/catalog.js';
import { examplePath } from '../support/example-requests.js';
import { OpenApi } from '../support/openapi.js';
import { adminKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const statusPath = '/v1/catalog/status';
const undocumented = [
  ...['/', '/openapi.json', '/metrics', '/console', '/console/', '/console/images', '/console/images/x'],
  ...['/console/hosts', '/console/hosts/x', '/console/operate', '/console/demo-key'],
  ...['/docs', '/docs/start.js', '/docs/docs.css', '/docs/page.css', '/docs/swagger-ui.css'],
  ...['/docs/swagger-ui-bundle.js', '/docs/collection.json', '/docs/problems', '/docs/guide'],
];
const ofOneRequest = new Set(
  'date x-request-id content-length transfer-encoding connection keep-alive'.split(' '),
);
/** An export is a stream of lines, and its mark tells what it holds. */
const hasNoTag = /^\/v1\/(?:me|admin\/|catalog\/export)/;

describe('the GET routes', () => {
  const clock = TestClock.still();
  let emulator: Emulator;
  let [service, apart] = [] as unknown as [TestService, TestService];
  let documented: string[];

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock, registryImages: 20, localImages: 10 });
    service = await startService({ emulator, clock, demoKey: 'demo-0123456789abcdef01234567' });
    apart = await startService({ emulator, clock, env: { METRICS_PORT: '0' } });
    await fillCatalog(service, emulator, clock.now());
    const api = await OpenApi.of(service);
    documented = api.operations
      .filter(({ method }) => method === 'get')
      .map(({ route, operation }) => examplePath(api, route, operation));
  });

  afterAll(async () => {
    await service.close();
    await apart.close();
    await emulator.close();
  });

  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    service.request(path, { method, headers: { 'X-API-Key': adminKey, ...headers } });
  /** Status and headers, without what belongs to one request and how a stream is framed. */
  const headOf = ({ status, headers }: Pick<Response, 'status' | 'headers'>) => ({
    status,
    headers: [...headers].filter(([name]) => !ofOneRequest.has(name)),
  });

  it('answer HEAD as GET, without a body', async () => {
    const page = (await ask('GET', '/console')).text;
    const assets = [...page.matchAll(/(?:src|href)="(\/console\/assets\/[^"]+)"/g)].map(([, path]) => path!);
    expect([documented.length > 15, assets.length]).toEqual([true, 2]);
    for (const path of [...documented, ...undocumented, ...assets]) {
      // The second answer of a list comes from memory.
      await ask('GET', path);
      const get = headOf(await ask('GET', path));
      expect([path, get.status]).toEqual([path, 200]);
      const head = await ask('HEAD', path);
      expect([path, head.text, headOf(head)]).toEqual([path, '', get]);
    }
  });

  it('answer HEAD on the port of the metrics too', async () => {
    const { port } = apart.fastify().metricsServer!.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const from = (path: string, method: string) => fetch(url + path, { method });
    for (const path of ['/metrics', '/metrics?x=1', '/elsewhere']) {
      const head = await from(path, 'HEAD');
      expect([path, await head.text(), headOf(head)]).toEqual([path, '', headOf(await from(path, 'GET'))]);
    }
    expect([(await from('/metrics', 'HEAD')).status, (await from('/metrics', 'POST')).status]).toEqual([
      200, 404,
    ]);
  });

  it('send unchanged data once', async () => {
    for (const path of documented.filter((each) => each.startsWith('/v1/') && !hasNoTag.test(each))) {
      const etag = (await ask('GET', path)).headers.get('etag');
      expect([path, etag]).toEqual([path, expect.stringMatching(/^W\/"/)]);
      const again = await ask('GET', path, { 'If-None-Match': etag! });
      expect([path, again.status, again.text]).toEqual([path, 304, '']);
      expect(again.headers.get('cache-control')).toMatch(/^private, (?:max-age=\d+|no-cache)$/);
    }
  });

  it('send the status of the catalog anew when only its times change', async () => {
    const before = await ask('GET', statusPath);
    const ifNoneMatch = { 'If-None-Match': before.headers.get('etag') ?? '' };
    expect([before.headers.get('cache-control'), before.headers.get('vary')]).toEqual([
      'private, no-cache',
      'Authorization, X-API-Key, Prefer, Accept-Encoding',
    ]);
    clock.advance(60_000);
    const unchanged = await ask('GET', statusPath, ifNoneMatch);
    expect(unchanged.status).toBe(304);
    await applyStep(service, { readAt: clock.now() });
    const after = await ask('GET', statusPath, ifNoneMatch);
    expect(after.status).toBe(200);
    expect(after.body.asOf).not.toBe(before.body.asOf);
  });
});
