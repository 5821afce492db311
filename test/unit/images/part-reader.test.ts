import { beforeEach, describe, expect, it } from '@jest/globals';
import { Absent } from '../../../src/endpoints/lists/list-reader.js';
import { PublicPaths } from '../../../src/http/links.js';
import { Problem } from '../../../src/http/problem.js';
import { PartReader, type PartsRequest } from '../../../src/images/part-reader.js';
import { coordinates, digest, freshness, imageView, requestContext } from '../../support/images/parts.js';

const file = (name: string) => ({ name, path: '/', sizeBytes: 1 });
const page = { rows: [file('a'), file('b')], total: 5, hasMore: true, freshness: freshness() };

describe('the part reader', () => {
  /** The behaviour of the fakes. A test changes the behaviour that matters to the test. */
  let read: () => Promise<unknown>;
  let logged: unknown[];
  const lists = { of: (...given: unknown[]) => ({ given }) };
  const lookup = {
    find: () => read(),
    held: () => read(),
    scanLookup: () => () => Promise.resolve(undefined),
  };
  const parts = new PartReader(
    lookup as never,
    { rows: () => read() } as never,
    { outOfReach: () => new Problem('upstream-throttled', 'Only the catalog knows it') } as never,
    lists as never,
    lists as never,
    { page: () => read() } as never,
    new PublicPaths('/hss'),
    { error: (fields: object) => logged.push(fields) } as never,
  );
  const request = (over: Partial<PartsRequest> = {}): PartsRequest => ({
    imageId: digest,
    image: { imageId: digest, ...coordinates },
    query: {},
    context: requestContext(),
    ...over,
  });
  const image = { imageId: digest, ...coordinates };

  beforeEach(() => {
    logged = [];
    read = () => Promise.reject(new RangeError('Nothing is to be read'));
  });

  describe('the image part', () => {
    it('is absent when no row of HSS matches', async () => {
      read = () => Promise.resolve({ value: null, freshness: freshness() });
      expect(await parts.image(request())).toMatchObject({ status: 'absent' });
    });

    it('of an image on hosts only cannot be read again', async () => {
      const part = await parts.image(request({ image: null }));
      expect(part).toMatchObject({ status: 'failed', problem: { code: 'upstream-throttled' } });
    });

    it('keeps the error that made it stale', async () => {
      read = () => {
        const stale = freshness({ status: 'stale', error: new RangeError('unforeseen') });
        return Promise.resolve({ value: imageView(), freshness: stale });
      };
      expect(await parts.image(request())).toMatchObject({ status: 'stale', problem: { code: 'internal' } });
    });
  });

  describe('a part without an answer of HSS', () => {
    it('is absent when HSS does not know the image', async () => {
      read = () => Promise.reject(new Absent({ status: 400, code: null, requestId: null }, freshness()));
      expect(await parts.baseOs(image, request())).toEqual({
        status: 'absent',
        freshness: expect.anything(),
      });
    });

    it('is failed for every other error, and an unforeseen error is logged', async () => {
      expect(await parts.baseOs(image, request())).toMatchObject({
        status: 'failed',
        problem: { code: 'internal' },
      });
      expect(logged).toHaveLength(1);
    });
  });

  describe('the files', () => {
    it('link to the next page with all parameters that HSS needs', async () => {
      read = () => Promise.resolve(page);
      const part = await parts.files(image, request({ query: { fileLimit: '2', fileName: 'x' } }));
      const { next } = 'value' in part ? part.value : { next: null };
      const { pathname, searchParams } = new URL(next!, 'http://bff');
      expect(pathname).toBe(`/hss/v1/images/${encodeURIComponent(digest)}/files`);
      expect(Object.fromEntries(searchParams)).toMatchObject({
        ...coordinates,
        fileName: 'x',
        limit: '2',
        offset: '2',
      });
    });

    it('of the catalog are filtered by name, with the total of all matches', () => {
      const all = ['a.so', 'b.txt', 'c.so', 'd.so'].map(file);
      const files = {
        total: all.length,
        readAt: 1,
        scannedUntil: null,
        rows: (count?: number) => all.slice(0, count),
      };
      const of = (query: PartsRequest['query']) => parts.filesOf(files, freshness(), request({ query }));
      expect(of({ fileName: '.so', fileLimit: '2' })).toMatchObject({
        items: [file('a.so'), file('c.so')],
        total: 3,
      });
      expect(of({ fileName: '.so', fileLimit: '3' }).next).toBe(null);
      expect(of({ fileLimit: '1' })).toMatchObject({ items: [file('a.so')], total: 4 });
    });
  });

  describe('the held image', () => {
    it('is undefined when no list is held', async () => {
      read = () => Promise.resolve(undefined);
      expect(await parts.held(request())).toBe(undefined);
    });
  });
});
