// Walks over the catalog whose pages come from two instances of the service.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ImageDocument } from '../../src/catalog/model/documents.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { applyStep, imageDocuments } from '../support/catalog.js';
import { startService, type TestService } from '../support/service.js';

describe('a walk over the catalog with pages from different instances', () => {
  let emulator: Emulator;
  let first: TestService;
  let second: TestService;
  let images: ImageDocument[];

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', registryImages: 80, localImages: 30 });
    [first, second] = await Promise.all([startService({ emulator }), startService({ emulator })]);
    images = await imageDocuments(first, Date.now());
    await applyStep(first, { images, readAt: Date.now() });
    const { epoch, version, changedAt: at, sync } = first.catalog;
    await second.catalog.load(epoch, first.catalog.snapshot(), { version, at, sync });
  });

  afterAll(async () => {
    await first.close();
    await second.close();
    await emulator.close();
  });

  async function walk(next: string, services: readonly TestService[]): Promise<string[]> {
    const names: string[] = [];
    for (let page = 0, at: string | null = next; at !== null; page += 1) {
      const { status, body } = await services[page % services.length]!.get(at);
      expect([status, body.code]).toEqual([200, undefined]);
      names.push(
        ...body.items.map(({ digest, name }: { digest: string; name: string }) => `${digest} ${name}`),
      );
      at = body.next;
    }
    return names;
  }

  it('shows the same images as a walk with one instance', async () => {
    const path = '/v1/images?limit=17&sort=-severity,name&fields=digest,name';
    const alone = await walk(path, [first]);
    expect(alone).toHaveLength(images.length);
    expect(await walk(path, [second, first])).toEqual(alone);
  });

  it('waits for an instance that does not have the newest state yet', async () => {
    const step = { gone: [images[3]!.key], readAt: Date.now() };
    // The instance waits for two seconds. On a machine that stands still for longer, the test tries another step.
    for (let status = 0; status !== 200;) {
      await applyStep(first, step);
      const { body } = await first.get('/v1/images?limit=50&fields=name');
      const asked = second.get(body.next);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await applyStep(second, step);
      const answer = await asked;
      status = answer.status;
      if (status === 200) expect(answer.body.total).toBe(images.length - 1);
      else expect(answer.body.code).toBe('catalog-not-ready');
    }
  });

  it('gets a 503 with Retry-After when the wait takes too long', async () => {
    await applyStep(first, { readAt: Date.now() });
    const { body } = await first.get('/v1/images?limit=50&fields=name');
    const { status, body: problem, headers } = await second.get(body.next);
    expect([status, problem.code]).toEqual([503, 'catalog-not-ready']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('ends when another catalog replaces the lost catalog', async () => {
    const { body } = await first.get('/v1/images?limit=50');
    const { version, changedAt: at, sync } = first.catalog;
    await second.catalog.load('another', first.catalog.snapshot(), { version, at, sync });
    expect((await second.get(body.next)).body.code).toBe('cursor-expired');
  });
});
