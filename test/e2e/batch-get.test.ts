import { describe, expect, it, jest } from '@jest/globals';
import { contentSource } from '../../src/catalog/model/content-source.js';
import { ImagesService } from '../../src/images/images.service.js';
import { postBatch, useFilledCatalog } from '../support/catalog/filled-service.js';
import { passUntil, quiet } from '../support/catalog/passing.js';
import { proxyAgentId as digest } from '../support/proxy-agent.js';
import { startService, type TestAnswer } from '../support/service.js';

describe('a service with a catalog', () => {
  const story = useFilledCatalog({ registryImages: 180, localImages: 60 });
  const { clock, strike, callCount } = story;
  const batch = (body: unknown) => postBatch(story.service, JSON.stringify(body));

  describe('/v1/images/batch-get', () => {
    it.each([
      [{}, 'refs'],
      [{ refs: [] }, 'refs'],
      [{ refs: 'a/b' }, 'refs'],
      [{ refs: [1] }, 'refs'],
      [{ refs: Array(101).fill('a/b') }, 'refs'],
      [{ refs: ['a/b'], include: ['secrets'] }, 'include'],
      [{ refs: ['a/b'], include: [] }, 'include'],
      [{ refs: ['a/b'], other: 1 }, 'other'],
    ])('refuses %j without a call', async (body, field) => {
      const answer = await batch(body);
      expect([answer.status, answer.body.errors[0].field, callCount()]).toEqual([400, field, 0]);
    });

    it('accepts no query parameters', async () => {
      const { status, body } = await postBatch(story.service, JSON.stringify({ refs: [digest] }), {
        query: '?include=image',
      });
      expect([status, body.errors?.[0].field, callCount()]).toEqual([400, 'include', 0]);
    });

    it('tells in one sentence what refs must be', async () => {
      const { body } = await batch({});
      expect(body.errors).toEqual([
        { field: 'refs', message: 'is required; it must be a list of 1 to 100 references' },
      ]);
      const { body: two } = await batch({ refs: ['a/b'], include: 'image' });
      expect(two.errors).toEqual([
        {
          field: 'include',
          message: 'must be a list of one or more of image, baseOs, files, hosts, each once',
        },
      ]);
    });

    it.each(['{"refs": ["a/b"]', '', 'refs=a/b'])('refuses the body %j, which is not JSON', async (body) => {
      const answer = await postBatch(story.service, body);
      expect([answer.status, answer.body.errors]).toEqual([
        400,
        [{ field: 'body', message: 'must be JSON' }],
      ]);
      expect(callCount()).toBe(0);
    });

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
      'refuses a body of the type %s',
      async (contentType) => {
        const { status, body } = await postBatch(story.service, JSON.stringify({ refs: [digest] }), {
          contentType,
        });
        expect([status, body.code, body.errors]).toEqual([415, 'unsupported-media-type', undefined]);
      },
    );

    it('answers for 100 known images in their order, without a call', async () => {
      const refs = story.documents
        .filter((document) => contentSource(document))
        .slice(0, 100)
        .map(({ key }) => key);
      const { status, body } = await batch({ refs, include: ['image', 'hosts'] });
      expect(status).toBe(200);
      expect(body.items.map(({ ref }: { ref: string }) => ref)).toEqual(refs);
      expect(new Set(body.items.map(({ outcome }: { outcome: string }) => outcome))).toEqual(new Set(['ok']));
      expect(body.catalog.complete).toBe(true);
      expect(callCount()).toBe(0);
    });

    it('lets other requests run while it unpacks the files of 100 images', async () => {
      const refs = story.documents.filter((document) => contentSource(document)).map(({ key }) => key);
      const turns = { count: 0, isOver: false };
      const next = () => {
        turns.count += 1;
        if (!turns.isOver) setImmediate(next);
      };
      next();
      const begunIn: number[] = [];
      const images = story.service.part(ImagesService);
      const lookup = images.lookup.bind(images);
      const spy = jest.spyOn(images, 'lookup').mockImplementation((...asked) => {
        begunIn.push(turns.count);
        return lookup(...asked);
      });
      const { body } = await batch({ refs: refs.slice(0, 100) });
      spy.mockRestore();
      turns.isOver = true;
      expect(body.items.every(({ value }: TestAnswer['body']) => value.files !== null)).toBe(true);
      expect(begunIn).toHaveLength(100);
      const perTurn = begunIn.map((one) => begunIn.filter((other) => other === one).length);
      expect(Math.max(...perTurn)).toBeLessThanOrEqual(10);
    });

    it('tells every outcome, with one call for equal references', async () => {
      const { row } = story.emulator.data.addRegistryImage({
        namespace: 'ci',
        image_name: 'new',
        image_version: '1',
      });
      const refs = [digest, 'ci/new:1', 'ci/none:1', 'a//b', 'ci/new:1', digest];
      const { body } = await batch({ refs, include: ['image'] });
      expect(body.items.map(({ ref, outcome }: TestAnswer['body']) => [ref, outcome])).toEqual([
        [digest, 'ok'],
        ['ci/new:1', 'ok'],
        ['ci/none:1', 'absent'],
        ['a//b', 'invalid'],
        ['ci/new:1', 'ok'],
        [digest, 'ok'],
      ]);
      expect(body.items[1].value.image.digest).toBe(row.image_digest);
      expect(body.items[2]).toMatchObject({ value: null, error: { code: 'not-found' } });
      expect(body.items[3].error.errors).toEqual([
        { field: 'ref', message: expect.stringContaining('a digest or an id') },
      ]);
      expect(body.items[0].error).toBeNull();
      expect(callCount()).toBe(2);
    });

    it('has a partial item when a part of an image failed', async () => {
      story.emulator.data.addRegistryImage({ namespace: 'ci', image_name: 'half', image_version: '1' });
      strike({ kind: 'status', status: 500, api: 'ListImageFiles' });
      const { body } = await batch({ refs: ['ci/half:1'], include: ['image', 'files'] });
      expect(body.items[0]).toMatchObject({
        outcome: 'partial',
        value: { parts: { files: { status: 'failed' } } },
      });
    });
  });

  describe('/v1/images/batch-get before the catalog is complete', () => {
    it('tells when to ask again for a reference that only the catalog can resolve', async () => {
      const early = await startService({ emulator: story.emulator, clock });
      const { body } = await postBatch(
        early,
        JSON.stringify({ refs: ['app:1', 'a//b'], include: ['image'] }),
      );
      await early.close();
      const [unknown, wrong] = body.items;
      expect([unknown.outcome, unknown.error.code]).toEqual(['failed', 'catalog-not-ready']);
      expect(Date.parse(unknown.error.retryAt)).toBeGreaterThan(clock.now());
      expect(wrong.error.retryAt).toBeUndefined();
    });
  });

  describe('/v1/images/batch-get with more calls than the budget allows', () => {
    it('tells when to ask again, and continues with its calls meanwhile', async () => {
      const tight = await startService({
        emulator: story.emulator,
        clock,
        env: { HSS_RATE: '2/60s', REQUEST_DEADLINE: '30s' },
      });
      const refs = Array.from({ length: 6 }, (_, index) => {
        story.emulator.data.addRegistryImage({
          namespace: 'tight',
          image_name: 'app',
          image_version: `${index}`,
        });
        return `tight/app:${index}`;
      });
      const ask = () => postBatch(tight, JSON.stringify({ refs, include: ['image'] }));
      const { body } = await ask();
      const outcomes = body.items.map(({ outcome }: { outcome: string }) => outcome);
      expect(outcomes.filter((outcome: string) => outcome === 'ok')).toHaveLength(2);
      const late = body.items.filter(({ outcome }: { outcome: string }) => outcome === 'failed');
      for (const { error } of late) {
        expect(error.code).toBe('upstream-throttled');
        expect(Date.parse(error.retryAt)).toBeGreaterThan(clock.now());
      }
      const { journal } = story.emulator;
      await passUntil(clock, story.emulator, () => journal.calls().length === 6, {
        stepMs: 1_000,
        mostMs: 5 * 60_000,
      });
      // The service must have read the last answers.
      await quiet(story.emulator);
      const again = await ask();
      expect(again.body.items.map(({ outcome }: { outcome: string }) => outcome)).toEqual(
        Array(6).fill('ok'),
      );
      await tight.close();
    });
  });
});
