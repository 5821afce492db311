// Walks over the catalog whose pages come from two instances of the service.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ImageDocument } from '../../src/catalog/model/documents.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { CursorKey } from '../../src/catalog/model/cursor-key.js';
import { applyStep, imageDocuments } from '../support/catalog.js';
import { startService, type TestService } from '../support/service.js';
import { aWhile } from '../support/until.js';

describe('a walk over the catalog with pages from different instances', () => {
  let emulator: Emulator;
  let first: TestService;
  let second: TestService;
  let images: ImageDocument[];

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', registryImages: 80, localImages: 30 });
    [first, second] = await Promise.all([startService({ emulator }), startService({ emulator })]);
    // Instances with a Redis find one key in the log.
    second.part(CursorKey).adopt(first.part(CursorKey).text);
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

  it('has equal bytes and equal ETags on both instances', async () => {
    for (const path of ['/v1/images?limit=17', '/v1/hosts?limit=5']) {
      const [one, other] = await Promise.all([first, second].map((service) => service.get(path)));
      expect(other!.text).toBe(one!.text);
      expect(other!.headers.get('etag')).toBe(one!.headers.get('etag'));
      const pages = await Promise.all([first, second].map((service) => service.get(one!.body.next)));
      expect(pages[0]!.status).toBe(200);
      expect(pages[1]!.text).toBe(pages[0]!.text);
    }
  });

  it('has equal cursors when one instance began after steps without news', async () => {
    const step = {
      readAt: Date.now(),
      data: { upTo: first.catalog.version + 1, version: first.catalog.version },
    };
    await applyStep(first, step);
    const { epoch, version, changedAt: at } = first.catalog;
    await second.catalog.load(epoch, first.catalog.snapshot(), { version, at, sync: first.catalog.sync });
    const [one, other] = await Promise.all(
      [first, second].map((service) => service.get('/v1/images?limit=17')),
    );
    expect(other!.text).toBe(one!.text);
    for (const next of [one!.body.next, other!.body.next])
      for (const service of [first, second]) expect((await service.get(next)).status).toBe(200);
  });

  it('waits for an instance that does not have the newest state yet', async () => {
    const step = { gone: [images[3]!.key], readAt: Date.now() };
    // The instance waits for two seconds. On a machine that stands still for longer, the test tries another step.
    for (let status = 0; status !== 200;) {
      await applyStep(first, step);
      const { body } = await first.get('/v1/images?limit=50&fields=name');
      const asked = second.get(body.next);
      await aWhile(100);
      await applyStep(second, step);
      const answer = await asked;
      status = answer.status;
      if (status === 200) expect(answer.body.total).toBe(images.length - 1);
      else expect(answer.body.code).toBe('catalog-not-ready');
    }
  });

  it('gets a 503 with Retry-After when the wait takes too long', async () => {
    await applyStep(first, { gone: [images[5]!.key], readAt: Date.now() });
    const { body } = await first.get('/v1/images?limit=50&fields=name');
    const { status, body: problem, headers } = await second.get(body.next);
    expect([status, problem.code]).toEqual([503, 'catalog-not-ready']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('refuses a cursor that the consumer has changed', async () => {
    const nextCursor = (await first.get('/v1/images?limit=17')).body.nextCursor as string;
    const statusOf = async (cursor: string) => {
      const { status, body } = await first.get(`/v1/images?limit=17&cursor=${cursor}`);
      return [status, body.code, body.errors?.[0]?.field];
    };
    expect((await statusOf(nextCursor))[0]).toBe(200);
    const content = Buffer.from(nextCursor.slice(28), 'base64url');
    expect(content.toString()).not.toContain(first.catalog.epoch);
    const forge = (at: number) => {
      const bytes = Buffer.from(content);
      bytes[at]! ^= 1;
      return nextCursor.slice(0, 28) + bytes.toString('base64url');
    };
    for (const cursor of [0, 20, content.length - 1].map(forge))
      expect([cursor, await statusOf(cursor)]).toEqual([cursor, [400, 'invalid-request', 'cursor']]);
    const unsealed = Buffer.from(JSON.stringify([first.catalog.epoch, 1, 0, null, 'query'])).toString(
      'base64url',
    );
    for (const cursor of [`unknown_${nextCursor.slice(8)}`, unsealed])
      expect(await statusOf(cursor)).toEqual([410, 'cursor-expired', undefined]);
  });

  it('ends when another catalog replaces the lost catalog', async () => {
    const { body } = await first.get('/v1/images?limit=50');
    const { version, changedAt: at, sync } = first.catalog;
    await second.catalog.load('another', first.catalog.snapshot(), { version, at, sync });
    expect((await second.get(body.next)).body.code).toBe('cursor-expired');
  });
});
