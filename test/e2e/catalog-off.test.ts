import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { entry, fileOf, MountedFile } from '../support/consumers.js';
import { proxyAgentId, proxyAgentQuery } from '../support/proxy-agent.js';
import { adminKey, readKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const restrictedKey = 'key-of-restricted-0123456789';
const paths = [
  '/v1/images?q=a&facets=severity,namespace',
  '/v1/images/lookup?ref=aaa/proxy-agent:1',
  `/v1/images/lookup?ref=${proxyAgentId}`,
  `/v1/images/${proxyAgentId}`,
  `/v1/images/${proxyAgentId}?${proxyAgentQuery}&include=image,baseOs,files,hosts`,
  `/v1/images/${proxyAgentId}/files`,
  `/v1/images/${proxyAgentId}/base-os?${proxyAgentQuery}`,
  '/v1/hosts?fileName=lib',
  '/v1/hosts/host-1/images',
  '/v1/catalog/status',
  '/v1/catalog/summary',
  '/v1/catalog/export?of=hosts',
  '/v1/catalog/changes',
  '/v1/registry-images?namespace=aaa&limit=1',
  '/v1/local-images?limit=1',
  '/v1/admin/cache',
  '/v1/admin/problems',
  '/v1/me',
  '/health',
  '/health/ready',
];

describe('a service without a catalog', () => {
  const clock = TestClock.still();
  let emulator: Emulator;
  let [off, empty] = [] as unknown as [TestService, TestService];
  let file: MountedFile;

  beforeAll(async () => {
    emulator = await startEmulator({ clock, rate: 'off' });
    const restricted = { key: restrictedKey, scopes: ['read', 'hosts', 'export'], namespaces: ['aaa'] };
    file = new MountedFile(fileOf(entry('restricted', restricted)));
    const env = { CONSUMERS_FILE: file.path, INSTANCE_NAME: 'one' };
    off = await startService({ emulator, clock, env, isCatalogAbsent: true });
    empty = await startService({ emulator, clock, env });
  });
  afterAll(async () => {
    await off.close();
    await empty.close();
    await emulator.close();
    file.close();
  });

  /** Status and answer, without what is drawn anew by each instance and for each request. */
  async function answer(service: TestService, path: string, init: RequestInit) {
    const { status, text } = await service.request(path, init);
    const plain = text
      .replace(/"(requestId|epoch|instance|nextSince|next)":"[^"]*"/g, '"$1":"…"')
      .replace(/\d+\.\d+/g, '…');
    return { path, status, text: plain };
  }

  it.each([
    ['a reader', readKey, [200, 400, 403, 404, 503]],
    ['a consumer with namespaces', restrictedKey, [200, 403, 503]],
    ['an operator', adminKey, [200, 400, 404, 503]],
  ])('answers %s as a catalog that has read nothing', async (_who, key, expected) => {
    const batch = { refs: [proxyAgentId, 'aaa/proxy-agent:1'], include: ['image', 'files'] };
    const requests: [string, RequestInit][] = [
      ...paths.map((path): [string, RequestInit] => [path, {}]),
      ...paths.map((path): [string, RequestInit] => [path, { headers: { prefer: 'handling=strict' } }]),
      [
        '/v1/images/batch-get',
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(batch) },
      ],
      [
        '/v1/admin/cache/purge',
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"all":true}' },
      ],
    ];
    const statuses = new Set<number>();
    for (const [path, init] of requests) {
      const asked = { ...init, headers: { ...init.headers, 'x-api-key': key } };
      const seen = await answer(off, path, asked);
      expect(seen).toEqual(await answer(empty, path, asked));
      statuses.add(seen.status);
    }
    expect([...statuses].sort()).toEqual(expected);
  });
});
