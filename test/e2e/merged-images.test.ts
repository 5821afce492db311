import { describe, expect, it } from '@jest/globals';
import { pathOf, secondMs, useMergedService } from '../support/images/merged-service.js';

describe('the merged answer', () => {
  const story = useMergedService();
  const { clock, get, fetched, strike, callsOf, addImage } = story;

  describe('of an image in the registry', () => {
    it('is found by id and by digest, with or without the algorithm', async () => {
      const row = addImage({ row: { image_id: 'an id of HSS' } });
      const bare = row.image_digest.replace('sha256:', '');
      for (const id of [row.image_digest, bare, 'an id of HSS']) {
        const { image, parts } = await fetched(pathOf(row, '&include=image', id));
        expect(image).toMatchObject({ imageId: 'an id of HSS', digest: row.image_digest });
        expect(parts.image.status).toBe('fresh');
      }
      expect(story.emulator.journal.entries).toHaveLength(1);
    });

    it('is asked for at HSS with the id that the consumer gave', async () => {
      const row = addImage();
      await fetched(pathOf(row, '&include=baseOs'));
      await fetched(pathOf(row, '&include=baseOs', row.image_digest.replace('sha256:', '')));
      expect(story.emulator.journal.entries.map(({ imageId }) => imageId)).toEqual([
        row.image_digest,
        row.image_digest.replace('sha256:', ''),
      ]);
    });

    it('is one image with several entries when rows share a digest', async () => {
      const first = addImage({
        row: { image_name: 'twice', image_id: 'first', latest_scan_time: 1_700_000_000_000 },
      });
      story.emulator.data.addRegistryImage({
        ...first,
        id: 42,
        image_id: 'second',
        registry_name: 'elsewhere',
        latest_scan_time: 1_800_000_000_000,
        severity_level: 'High',
      });
      for (const [id, severity] of [
        [first.image_digest, 'high'],
        // A clean copy does not hide a bad one.
        ['first', 'high'],
        ['second', 'high'],
      ] as const) {
        const { image } = await fetched(pathOf(first, '&include=image', id));
        expect(image.severity).toBe(severity);
        expect(image.entries).toHaveLength(2);
        expect(image.entries[1]).toMatchObject({ entryId: '42', registryName: 'elsewhere', name: 'twice' });
      }
    });

    it('can be one architecture of a multi-architecture image', async () => {
      const digest = `sha256:${'c4'.repeat(32)}`;
      const row = addImage({
        row: {
          is_multiple_arch: true,
          association_images: [
            { id: 77, image_digest: digest, image_id: digest.slice(7), scan_status: 'unscan' },
          ],
        },
      });
      const { image, files, parts } = await fetched(pathOf(row, '', digest));
      expect(image).toMatchObject({ digest, name: row.image_name, scan: { status: 'not-scanned' } });
      expect(image.entries).toMatchObject([{ entryId: '77', tag: 'v1' }]);
      expect(files).toBeNull();
      expect(parts.files.status).toBe('pending');
    });
  });

  describe('of an unknown image', () => {
    const unknown = { image_digest: `sha256:${'0'.repeat(64)}` };

    it('is a 404 when every part is absent', async () => {
      const { status, body } = await get(pathOf({ ...addImage(), ...unknown }));
      expect(status).toBe(404);
      expect(body.code).toBe('not-found');
    });

    it('shows the other parts when one part is absent', async () => {
      const row = addImage();
      story.emulator.data.removeRegistryImages({ image_digest: row.image_digest });
      strike({
        kind: 'raw',
        api: 'ListImageFiles',
        body: '{"total_num":1,"data_list":[{"file_name":"left"}]}',
      });
      const { image, baseOs, files, parts } = await fetched(pathOf(row));
      expect({ image, baseOs }).toEqual({ image: null, baseOs: null });
      expect(files.items).toHaveLength(1);
      expect(parts).toMatchObject({
        image: { status: 'absent' },
        baseOs: { status: 'absent' },
        files: { status: 'fresh' },
      });
    });

    it('comes from a new call after TTL_ABSENT, not before', async () => {
      const path = pathOf({ ...addImage(), ...unknown, image_name: 'never heard of' });
      for (const [advance, calls] of [
        [0, 1],
        [59 * secondMs, 1],
        [2 * secondMs, 2],
      ] as const) {
        clock.advance(advance);
        expect((await get(path)).status).toBe(404);
        expect(callsOf('ListImageFiles')).toBe(calls);
        expect(callsOf('ListImageBasicImage')).toBe(calls);
      }
    });

    it('is the error of HSS when HSS fails after an absent answer', async () => {
      const path = pathOf({ ...addImage(), ...unknown, image_name: 'was absent' });
      expect((await get(path)).status).toBe(404);
      clock.advance(61 * secondMs);
      strike({ kind: 'status', status: 500 });
      expect((await get(path)).body.code).toBe('upstream-unavailable');
    });
  });

  it('holds what the caller gave of a CI/CD image', async () => {
    const { body } = await get('/v1/images/112?type=cicd&name=app&tag=1.4&include=image');
    expect(body.image).toMatchObject({
      imageId: '112',
      name: 'app',
      tag: '1.4',
      namespace: null,
      scan: null,
    });
  });

  describe('of a CI/CD image, which is in no list', () => {
    it('has the image as the consumer described the image', async () => {
      const [id = ''] = story.emulator.data.cicdIds.slice(2);
      const body = await fetched(
        `/v1/images/${encodeURIComponent(id)}?type=cicd&include=image,baseOs,files,hosts`,
      );
      expect(body.image).toMatchObject({
        imageId: id,
        type: 'cicd',
        severity: null,
        scan: null,
        entries: [],
      });
      expect(body.parts).toMatchObject({ image: { status: 'fresh' }, hosts: { status: 'absent' } });
      expect(body.files.total).toBe(story.emulator.data.files(id).length);
      expect(callsOf('ListRegistryImages')).toBe(0);
      for (const { query } of story.emulator.journal.entries)
        expect(Object.keys(query).sort()).toEqual(['enterprise_project_id', 'image_type', 'limit', 'offset']);
    });
  });

  it.each(['team/a@b', 'team/@scope/b'])('is found by a name with an @: %s', async (name) => {
    const [namespace = '', ...rest] = name.split('/');
    const row = addImage({ row: { namespace, image_name: rest.join('/'), image_version: '1.0' } });
    for (const ref of [`${name}:1.0`, `${name}@${row.image_digest}`, `${name}:1.0@${row.image_digest}`]) {
      const { image } = await fetched(`/v1/images/lookup?ref=${encodeURIComponent(ref)}`);
      expect([ref, image.digest]).toEqual([ref, row.image_digest]);
    }
  });

  describe('of an unknown CI/CD image', () => {
    const strict = { Prefer: 'handling=strict' };

    it.each<[string, Record<string, string>]>([
      ['', {}],
      ['', strict],
      ['&include=image', {}],
      ['&include=image', strict],
      ['&include=image,hosts', strict],
      ['&include=files', {}],
      ['&include=baseOs,hosts', strict],
    ])('is not found%s %j, and costs no second call', async (include, headers) => {
      const path = `/v1/images/none-${include.length}${headers['Prefer'] ?? ''}?type=cicd&name=app&tag=1${include}`;
      for (let turn = 0; turn < 2; turn += 1) {
        const { status, body } = await get(path, headers);
        expect([status, body.code]).toEqual([404, 'not-found']);
      }
      for (const api of ['ListImageFiles', 'ListImageBasicImage'] as const)
        expect(callsOf(api)).toBeLessThanOrEqual(1);
    });

    it('is the error of HSS when HSS cannot tell', async () => {
      strike({ kind: 'status', status: 500 });
      const { status, body } = await get('/v1/images/none-500?type=cicd&include=image', strict);
      expect([status, body.code]).toEqual([503, 'upstream-unavailable']);
    });
  });

  describe('of a jfrog image', () => {
    it('has no content, without a call for content', async () => {
      const { image, baseOs, files, parts } = await fetched(
        pathOf(addImage({ row: { image_type: 'jfrog' } })),
      );
      expect(image.type).toBe('jfrog');
      expect({ baseOs, files }).toEqual({ baseOs: null, files: null });
      expect(parts).toMatchObject({ baseOs: { status: 'absent' }, files: { status: 'absent' } });
      expect(story.emulator.journal.entries.map(({ api }) => api)).toEqual(['ListRegistryImages']);
    });

    it.each(['files', 'base-os'])('is refused on the route /%s', async (route) => {
      const row = addImage({ row: { image_type: 'jfrog' } });
      const { status, body } = await get(pathOf(row).replace('?', `/${route}?`));
      expect(status).toBe(400);
      expect(body.errors).toMatchObject([{ field: 'type' }]);
      expect(story.emulator.journal.entries).toEqual([]);
    });
  });
});
