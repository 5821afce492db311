import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { KnownImage } from '../../../src/catalog/lookup/known-image.js';
import type { KnownImages } from '../../../src/catalog/lookup/known-images.js';
import { CicdImages } from '../../../src/images/cicd-images.js';
import { viewOf } from '../../../src/images/catalog-parts.js';
import { Problem } from '../../../src/http/problem.js';
import type { ImageView } from '../../../src/images/image-lookup.js';
import { ImagesService } from '../../../src/images/images.service.js';
import { MergedAnswers } from '../../../src/images/merged-answers.js';
import type { Part } from '../../../src/images/part.js';
import type { PartReader } from '../../../src/images/part-reader.js';
import type { ReferenceLookup } from '../../../src/images/reference-lookup.js';
import { Lifetimes } from '../../../src/endpoints/lists/lifetimes.js';
import {
  contentDocument,
  hostRecord,
  imageDocument,
  localRow,
  registryRecord,
} from '../../support/catalog/documents.js';
import {
  completeAge,
  coordinates,
  digest,
  fetchedAt,
  fresh,
  freshness,
  imageView,
  knownImage,
  requestContext,
  scanOf,
} from '../../support/images/parts.js';
import type { TestAnswer } from '../../support/service.js';
import type { TestClock } from '../../support/test-clock.js';

const failed = <T>(): Part<T> => ({
  status: 'failed',
  problem: new Problem('upstream-unavailable', 'HSS is down'),
});
const baseOsRow = { osName: 'Debian', osVersion: '12', layerDigest: null };

describe('the images service', () => {
  /** The answers of the fakes. A test changes the answers that matter to the test. */
  let answers: {
    held?: Part<ImageView>;
    image: Part<ImageView>;
    baseOs: Part<(typeof baseOsRow)[]>;
    rows: Part<unknown>;
  };
  /** The requested parts, in order. */
  let calls: string[];
  let known: ReturnType<typeof knownImage> | undefined;

  const called = <T>(name: string, answer: T): Promise<T> => {
    calls.push(name);
    return Promise.resolve(answer);
  };
  const parts = {
    held: () => Promise.resolve(answers.held),
    known: (of: KnownImage) => Promise.resolve({ known: of, image: fresh(viewOf(of)) }),
    newerBaseOs: (part: unknown) => Promise.resolve(part),
    image: () => called('image', answers.image),
    baseOs: () => called('baseOs', answers.baseOs),
    files: () => called('files', fresh({ items: [], total: 0, next: null })),
    localRows: () => called('hosts', answers.rows),
    relatives: () => Promise.resolve([]),
    usable: (value: unknown, age: ReturnType<typeof freshness>) => ({
      status: age.status,
      value,
      freshness: age,
    }),
  } as unknown as PartReader;
  const catalog = {
    byId: () => known,
    markFor: () => null,
    dependencies: () => [],
  } as unknown as KnownImages;
  const references = { find: jest.fn() };
  const clock = { now: () => fetchedAt + 1 } as TestClock;
  const lifeMs = 60_000;
  const lifetimes = new Lifetimes({
    listsMs: lifeMs,
    contentMs: lifeMs,
    unsettledMs: lifeMs,
    absentMs: lifeMs,
    staleIfErrorMs: lifeMs,
  });
  const service = new ImagesService(
    new MergedAnswers(parts, new CicdImages(parts), catalog, clock),
    parts,
    references as unknown as ReferenceLookup,
    catalog,
    lifetimes,
    clock,
  );
  const get = async (include: string, query: object = coordinates, imageId = digest) =>
    (await service.get(imageId, { include, ...query }, requestContext())).body as TestAnswer['body'];

  beforeEach(() => {
    answers = { image: fresh(imageView()), baseOs: fresh([baseOsRow]), rows: fresh([]) };
    calls = [];
    known = undefined;
  });

  describe('the source of the image part', () => {
    it('is first of all the row that the lookup by reference has read', async () => {
      const found = { value: imageView({ tag: 'of-lookup' }), freshness: freshness() };
      references.find.mockReturnValue(Promise.resolve({ image: { imageId: digest, ...coordinates }, found }));
      const { body } = await service.lookup('team/app:1.0', { include: 'image' }, requestContext());
      expect(body).toMatchObject({ image: { tag: 'of-lookup' } });
      expect(calls).toEqual([]);
    });

    it('is the list of HSS, not a held list, when include has image', async () => {
      answers.held = fresh(imageView({ tag: 'held' }));
      expect((await get('image')).image.tag).toBe('1.0');
      expect(calls).toEqual(['image']);
    });

    it('is the held list for the other parts, without a call', async () => {
      answers.held = fresh(imageView());
      answers.baseOs = fresh([]);
      expect((await get('baseOs')).baseOs).toEqual([]);
      expect(calls).toEqual(['baseOs']);
    });

    it('is a call when nothing is held and the content is empty', async () => {
      answers.baseOs = fresh([]);
      answers.image = fresh(imageView({ scan: scanOf('scanning') }));
      expect((await get('baseOs')).parts.baseOs.status).toBe('pending');
      expect(calls).toEqual(['baseOs', 'image']);
    });

    it('is not needed when nothing is held and there is content', async () => {
      await get('baseOs');
      expect(calls).toEqual(['baseOs']);
    });
  });

  describe('base OS and files', () => {
    it('are pending without a call while the held list shows a scan under way', async () => {
      answers.held = fresh(imageView({ scan: scanOf('waiting') }));
      expect((await get('baseOs,files')).parts).toMatchObject({
        baseOs: { status: 'pending' },
        files: { status: 'pending' },
      });
      expect(calls).toEqual([]);
    });

    it('are absent without a call for an image of JFrog', async () => {
      const body = await get('image,baseOs', { ...coordinates, type: 'jfrog' });
      expect(body.parts.baseOs.status).toBe('absent');
      expect(calls).toEqual(['image']);
    });

    it('come from the catalog while they are fresh there', async () => {
      const document = imageDocument('k', { entries: [registryRecord({ digest })] });
      const content = contentDocument('k', [baseOsRow], null);
      content.baseOs!.readAt = fetchedAt;
      known = knownImage(document, content);
      expect((await get('baseOs', {})).baseOs).toEqual([baseOsRow]);
      expect(calls).toEqual([]);
    });

    it('come stale from the catalog when HSS fails, with the reason', async () => {
      const document = imageDocument('k', { entries: [registryRecord({ digest })] });
      known = knownImage(document, contentDocument('k', [baseOsRow], null));
      answers.baseOs = failed();
      const body = await get('image,baseOs', {});
      expect(calls).toEqual(['baseOs']);
      expect(body.baseOs).toEqual([baseOsRow]);
      expect(body.parts.baseOs).toMatchObject({ status: 'stale', error: { code: 'upstream-unavailable' } });
    });
  });

  describe('hosts', () => {
    const host = { hostId: 'h1', name: 'web', agentId: null };

    it('come from the catalog when it is complete', async () => {
      known = knownImage(
        imageDocument('k', { entries: [registryRecord({ digest })], onHosts: [hostRecord({ host })] }),
      );
      expect((await get('hosts')).hosts).toMatchObject({ items: [host], complete: true });
      expect(calls).toEqual([]);
    });

    it('are the local rows of the given digest, without a call for the image', async () => {
      answers.rows = fresh([
        localRow({ digest, host }),
        localRow({ digest: 'b'.repeat(64), host: { ...host, hostId: 'h2' } }),
      ]);
      expect((await get('hosts')).hosts).toMatchObject({ items: [host], complete: false });
      expect(calls).toEqual(['hosts']);
    });

    it('need a call for the image when its id is no digest', async () => {
      answers.rows = fresh([localRow({ digest, host })]);
      expect((await get('hosts', coordinates, 'id-7')).hosts.items).toMatchObject([host]);
      expect(calls).toEqual(['image', 'hosts']);
    });

    it('have the status of the image when its digest is unknown', async () => {
      answers.image = failed();
      answers.rows = fresh([localRow({ digest, host })]);
      await expect(get('hosts', coordinates, 'id-7')).rejects.toMatchObject({ code: 'upstream-unavailable' });
    });

    it('are the hosts in the catalog when HSS fails for a local image', async () => {
      known = knownImage(imageDocument('k', { onHosts: [hostRecord({ host })] }), undefined, {
        age: { ...completeAge, complete: false },
      });
      answers.rows = failed();
      expect((await get('hosts', {})).hosts).toMatchObject({ items: [host], complete: false });
    });
  });
});
