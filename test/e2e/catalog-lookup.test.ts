import { describe, expect, it } from '@jest/globals';
import { CatalogReplay } from '../../src/catalog/model/catalog-replay.js';
import { bodyOf, useFilledCatalog } from '../support/catalog/filled-service.js';
import { proxyAgentId as digest } from '../support/proxy-agent.js';

const bare = digest.replace('sha256:', '');
const name = 'scc_hss_container/proxy-agent';
const everything = 'include=image,baseOs,files,hosts';

describe('a service with a catalog', () => {
  const story = useFilledCatalog({ registryImages: 180, localImages: 60 });
  const { clock, apply, discardService, strike, get, callCount } = story;
  const lookup = (ref: string, query = '', headers?: Record<string, string>) =>
    get(`/v1/images/lookup?ref=${encodeURIComponent(ref)}${query}`, headers);

  it('says while it loads the catalog why it cannot resolve a reference', async () => {
    discardService();
    story.service.part(CatalogReplay).begin();
    for (const ref of ['proxy-agent:1', 'no-such-app']) {
      const { status, body } = await lookup(ref);
      expect([ref, status, body.code, body.detail]).toEqual([
        ref,
        503,
        'catalog-not-ready',
        'This instance is loading the catalog',
      ]);
    }
    expect(callCount()).toBe(0);
  });

  describe('an image in the catalog', () => {
    it('is found by its id alone, from the catalog, without a call', async () => {
      const body = await bodyOf(get(`/v1/images/${digest}?${everything}`));
      expect(body.image).toMatchObject({ name: 'proxy-agent', digest, severity: 'high' });
      expect(body.files.total).toBe(story.emulator.data.files(digest).length);
      expect(body.baseOs.length).toBe(story.emulator.data.basicImages(digest).length);
      expect(body.hosts.complete).toBe(true);
      expect(body.hosts.items.length).toBeGreaterThan(0);
      expect(Object.values<{ status: string }>(body.parts).map(({ status }) => status)).toEqual(
        Array(4).fill('fresh'),
      );
      expect(body.catalog.complete).toBe(true);
      expect(callCount()).toBe(0);
    });

    it('has a link that leads to its other files', async () => {
      const { files } = await bodyOf(get(`/v1/images/${bare}?include=files&fileLimit=3`));
      expect(files.items).toHaveLength(3);
      const next = await bodyOf(get(files.next));
      expect(next.offset).toBe(3);
      expect(next.items[0].name).not.toBe(files.items[0].name);
      const baseOs = await bodyOf(get(`/v1/images/${bare}/base-os`));
      expect(baseOs.items).toHaveLength(story.emulator.data.basicImages(digest).length);
    });

    it('can be searched for files without a call', async () => {
      const names = story.emulator.data.files(digest).map((file) => file.file_name);
      for (const part of [names[0]!.slice(1, 4), 'no-such-file']) {
        const { files, parts } = await bodyOf(
          get(`/v1/images/${digest}?include=files&fileLimit=200&fileName=${encodeURIComponent(part)}`),
        );
        const matches = names.filter((each) => each!.includes(part));
        expect(files.items.map((file: { name: string }) => file.name).sort()).toEqual(matches.sort());
        expect([files.total, files.next, parts.files.status]).toEqual([matches.length, null, 'fresh']);
      }
      expect(callCount()).toBe(0);
      const { files } = await bodyOf(get(`/v1/images/${digest}?include=files&fileLimit=1&fileName=l`));
      const rest = await bodyOf(get(files.next));
      expect([rest.offset, rest.total]).toEqual([1, files.total]);
    });

    it('comes from HSS when the consumer wants a newer state than the catalog has', async () => {
      clock.advance(5 * 60_000);
      const stale = await bodyOf(get(`/v1/images/${digest}?include=image`));
      expect([stale.parts.image.status, callCount()]).toEqual(['stale', 0]);
      const strict = await bodyOf(get(`/v1/images/${digest}?include=image`, { Prefer: 'handling=strict' }));
      expect([strict.parts.image.status, callCount()]).toEqual(['fresh', 1]);
    });

    it('has its files read again after a new scan', async () => {
      discardService();
      const scannedAt = new Date(clock.now()).toISOString();
      const document = story.documents.find(({ key }) => key === bare)!;
      const entries = document.entries.map((record) => ({
        ...record,
        row: { ...record.row, scan: { ...record.row.scan, scannedAt } },
      }));
      await apply({ images: [{ ...document, entries }] });
      await bodyOf(get(`/v1/images/${digest}?include=files`));
      expect(story.emulator.journal.calls('ListImageFiles')).toHaveLength(1);
    });

    it('keeps its old content when HSS is down', async () => {
      clock.advance(8 * 86_400_000);
      await apply();
      strike({ kind: 'reset' });
      const { parts, files } = await bodyOf(get(`/v1/images/${digest}?include=files`));
      expect(parts.files).toMatchObject({ status: 'stale', error: { code: 'upstream-unavailable' } });
      expect(files.total).toBeGreaterThan(0);
    });

    it('is found by some of its coordinates, but not by wrong coordinates', async () => {
      expect((await get(`/v1/images/${digest}?include=image&name=proxy-agent`)).status).toBe(200);
      const { body } = await get(`/v1/images/${digest}?include=image&name=another`);
      expect(body.code).toBe('image-coordinates-required');
    });

    it('has hosts but no content when no registry has the image', async () => {
      const local = story.documents.find(
        ({ entries, onHosts }) => entries.length === 0 && onHosts[0]?.row.digest,
      )!;
      const { image, hosts, parts } = await bodyOf(
        get(`/v1/images/${local.onHosts[0]!.row.digest}?${everything}`),
      );
      expect(image.name).toBe(local.onHosts[0]!.row.name);
      expect(hosts.items.length).toBeGreaterThan(0);
      expect(parts).toMatchObject({ baseOs: { status: 'absent' }, files: { status: 'absent' } });
      expect(callCount()).toBe(0);
    });

    it('has pending content before its first scan', async () => {
      const row = story.documents
        .flatMap(({ entries }) => entries.map((entry) => entry.row))
        .find(
          ({ scan, digest, type }) =>
            scan.status === 'not-scanned' && digest !== null && type === 'private_image',
        )!;
      const { parts } = await bodyOf(get(`/v1/images/${row.digest}`));
      expect(parts).toMatchObject({ baseOs: { status: 'pending' }, files: { status: 'pending' } });
    });

    it('needs its coordinates for another enterprise project', async () => {
      const { body } = await get(`/v1/images/${digest}?enterpriseProjectId=0`);
      expect(body.code).toBe('image-coordinates-required');
    });
  });

  describe('an image that is not in the catalog', () => {
    it('needs its coordinates', async () => {
      const { status, body } = await get('/v1/images/unheard-of');
      expect([status, body.code, callCount()]).toEqual([400, 'image-coordinates-required', 0]);
      expect((await get('/v1/images/unheard-of/files')).body.code).toBe('image-coordinates-required');
    });
  });

  describe('/v1/images/lookup', () => {
    it.each([
      digest,
      bare,
      `${name}:24.5.0-x86_64`,
      `${name}@${digest}`,
      `${name}:moved-on@${digest}`,
      `swr.cn-north-4.myhuaweicloud.com/${name}:24.5.0-x86_64`,
    ])('finds the image by %s without a call', async (ref) => {
      const { image, parts } = await bodyOf(lookup(ref));
      expect(image.digest).toBe(digest);
      expect(Object.keys(parts)).toEqual(['image', 'baseOs', 'files']);
      expect(callCount()).toBe(0);
    });

    it.each(['', 'a//b', 'a/b:', 'a/b@sha256:123', 'a/b\n', ' a/b', 'x'.repeat(2_000)])(
      'refuses %j without a call',
      async (ref) => {
        const { status, body } = await lookup(ref);
        expect([status, body.errors[0].field, callCount()]).toEqual([400, 'ref', 0]);
      },
    );

    it('needs a reference', async () => {
      const { status, body } = await get('/v1/images/lookup');
      expect([status, body.errors[0].field]).toEqual([400, 'ref']);
    });

    it('names the candidates of an ambiguous reference', async () => {
      const [first, second] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`);
      const like = story.documents.find(({ key }) => key === bare)!.entries[0]!;
      const images = [first!, second!].map((one, index) => ({
        key: one.slice(7),
        serial: 10_000 + index,
        appearedAt: 0,
        onHosts: [],
        entries: [{ ...like, rowKey: one, row: { ...like.row, digest: one, name: 'a/b', tag: `${index}` } }],
      }));
      await apply({ images });
      const { status, body } = await lookup('scc_hss_container/a/b');
      expect([status, body.code]).toEqual([409, 'ambiguous-reference']);
      expect(body.candidates.map((one: { digest: string }) => one.digest).sort()).toEqual([first, second]);
      expect((await bodyOf(lookup('scc_hss_container/a/b:1', '&include=image'))).image.digest).toBe(second);
    });

    it('asks HSS once for an unknown image before the answer is a 404', async () => {
      const { row } = story.emulator.data.addRegistryImage({
        namespace: 'ci',
        image_name: 'team/app',
        image_version: '7',
      });
      const body = await bodyOf(lookup('swr.cn-north-4.myhuaweicloud.com/ci/team/app:7', '&include=image'));
      expect(body.image.digest).toBe(row.image_digest);
      expect(callCount()).toBe(1);
      const { status, body: none } = await lookup('ci/team/app:8');
      expect([status, none.code, callCount()]).toEqual([404, 'not-found', 2]);
      expect((await lookup(`sha256:${'9'.repeat(64)}`)).status).toBe(404);
      expect(callCount()).toBe(2);
    });

    it('makes no call for a name that is longer than HSS accepts', async () => {
      for (const ref of [`${'n'.repeat(129)}/app:1`, `ci/${'n'.repeat(300)}`, `ci/app:${'1'.repeat(65)}`]) {
        const { status, body } = await lookup(ref);
        expect([ref, status, body.code, callCount()]).toEqual([ref, 404, 'not-found', 0]);
      }
      const longest = await lookup(`${'n'.repeat(128)}/${'n'.repeat(128)}:${'1'.repeat(64)}`);
      expect([longest.status, callCount()]).toEqual([404, 1]);
      // A digest goes before the tag, so the call has no tag and the tag may be too long.
      await lookup(`ci/app:${'1'.repeat(65)}@sha256:${'9'.repeat(64)}`);
      expect(callCount()).toBe(2);
    });

    it('has the error and the Retry-After of the one call', async () => {
      strike({ kind: 'throttle', retryAfter: '700' });
      const { status, body, headers } = await lookup('ci/unheard-of:1');
      expect([status, body.code]).toEqual([503, 'upstream-throttled']);
      const retryAfter = Number(headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(600);
      expect(retryAfter).toBeLessThanOrEqual(700);
    });

    it('finds the present image of a tag for a strict request', async () => {
      const { row } = story.emulator.data.addRegistryImage({
        namespace: 'ci',
        image_name: 'moved',
        image_version: 'x',
      });
      const like = story.documents.find(({ key }) => key === bare)!.entries[0]!;
      const old = {
        ...like.row,
        namespace: 'ci',
        name: 'moved',
        tag: 'x',
        digest: `sha256:${'3'.repeat(64)}`,
      };
      const image = {
        key: '3'.repeat(64),
        serial: 20_000,
        appearedAt: 0,
        onHosts: [],
        entries: [{ ...like, rowKey: 'old', row: old }],
      };
      await apply({ images: [image] });
      clock.advance(2 * 60_000);
      expect((await bodyOf(lookup('ci/moved:x', '&include=image'))).image.digest).toBe(old.digest);
      const strict = await bodyOf(lookup('ci/moved:x', '&include=image', { Prefer: 'handling=strict' }));
      expect(strict.image.digest).toBe(row.image_digest);
      expect(strict.parts.image.status).toBe('fresh');
    });
  });
});
