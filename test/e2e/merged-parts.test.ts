import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RegistryImageRow } from '../../emulator/data/rows.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { pathOf, secondMs, useMergedService } from '../support/images/merged-service.js';
import { startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

describe('the merged answer', () => {
  const story = useMergedService();
  const { clock, get, fetched, strike, callsOf, addImage } = story;

  describe('with include', () => {
    it.each([
      ['', ['image', 'baseOs', 'files']],
      ['&include=image', ['image']],
      ['&include=baseOs', ['baseOs']],
      ['&include=files', ['files']],
      ['&include=hosts', ['hosts']],
      ['&include=files,image', ['image', 'files']],
      ['&include=hosts,files,baseOs,image', ['image', 'baseOs', 'files', 'hosts']],
    ])('%s shows these parts, without calls for other parts', async (include, parts) => {
      const body = await fetched(pathOf(addImage(), include));
      expect(Object.keys(body)).toEqual([...parts, 'parts']);
      expect(Object.keys(body.parts)).toEqual(parts);
      expect(story.emulator.journal.entries).toHaveLength(parts.length);
    });

    it.each(['', 'nothing', 'image,', 'image,image', 'image files'])(
      'is refused without a call when include is %j',
      async (include) => {
        const { status, body } = await get(pathOf(addImage(), `&include=${include}`));
        expect(status).toBe(400);
        expect(body.errors).toMatchObject([{ field: 'include' }]);
        expect(story.emulator.journal.entries).toEqual([]);
      },
    );

    it('needs the coordinates for every value', async () => {
      const { status, body } = await get('/v1/images/abc?include=image&type=harbor&name=x');
      expect(status).toBe(400);
      expect(body.code).toBe('image-coordinates-required');
      expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(['namespace', 'tag']);
      expect(story.emulator.journal.entries).toEqual([]);
    });
  });

  it('comes from calls for all parts at the same time', async () => {
    story.emulator.setLatency(3_600 * secondMs);
    const answer = fetched(pathOf(addImage(), '&include=image,baseOs,files,hosts'));
    const { journal } = story.emulator;
    await until(() => journal.entries.length === 4);
    expect(journal.entries.map(({ outcome }) => outcome)).toEqual(Array(4).fill('pending'));
    story.emulator.endDelays();
    await answer;
    expect(journal.entries).toHaveLength(4);
  });

  describe('with files', () => {
    it('has a link that leads to the next page', async () => {
      const row = addImage({ files: 25 });
      const { files } = await fetched(pathOf(row, '&fileLimit=10'));
      expect(files.items).toHaveLength(10);
      expect(files.total).toBe(25);
      const seen = [...files.items];
      for (let { next } = files; next !== null;) {
        const page = await fetched(next as string);
        seen.push(...page.items);
        next = page.next;
      }
      expect(seen.map(({ name }) => name)).toEqual(Array.from({ length: 25 }, (_, size) => `f${size}`));
      expect(callsOf('ListImageFiles')).toBe(1);
    });

    it('keeps the filter in that link', async () => {
      const { files } = await fetched(pathOf(addImage({ files: 40 }), '&fileName=f3&fileLimit=5'));
      expect(files.items.map(({ name }: { name: string }) => name)).toEqual([
        'f3',
        'f30',
        'f31',
        'f32',
        'f33',
      ]);
      const page = await fetched(files.next as string);
      expect(page).toMatchObject({ total: 11, limit: 5, offset: 5 });
      expect(page.items[0].name).toBe('f34');
    });

    it('has no link on the last page', async () => {
      const { files } = await fetched(pathOf(addImage({ files: 200 }), '&fileLimit=200'));
      expect(files.items).toHaveLength(200);
      expect(files.next).toBeNull();
    });
  });

  describe('with hosts', () => {
    const hostsOf = (body: TestAnswer['body']) =>
      body.hosts.items.map(({ name }: { name: string }) => name).sort();

    it('shows the hosts that have the name, the tag and the digest', async () => {
      const { registryImages, localImages } = story.emulator.data;
      let seen = 0;
      for (const { row, hosts } of localImages) {
        const original = registryImages.find(
          ({ row: { image_digest, image_name, image_version, image_type } }) =>
            image_digest != null &&
            image_digest === row.image_digest &&
            image_name === row.image_name &&
            image_version === row.image_version &&
            image_type !== 'jfrog',
        );
        if (!original || hosts.length < 2 || (seen += 1) > 5) continue;
        const body = await fetched(pathOf(original.row, '&include=hosts'));
        expect(hostsOf(body)).toEqual(expect.arrayContaining(hosts.map(({ name }) => name)));
        expect(body.hosts.complete).toBe(false);
        for (const host of body.hosts.items)
          expect(host).toEqual({
            hostId: expect.any(String),
            name: expect.any(String),
            agentId: expect.any(String),
            containerCount: expect.any(Number),
            matchedBy: 'digest',
          });
      }
      expect(seen).toBeGreaterThan(1);
    });

    const onHosts = (row: RegistryImageRow, image_digest: string) => {
      const hosts = ['a', 'b'].map((name) => ({
        id: `host-${name}`,
        name,
        agentId: `agent-${name}`,
        privateIp: '10.0.0.1',
        containers: [],
      }));
      const { image_name, image_version } = row;
      story.emulator.data.addLocalImage({ image_name, image_version, image_digest }, { hosts });
    };

    it('leaves out images of the same name with another digest', async () => {
      const row = addImage();
      onHosts(row, `sha256:${'9'.repeat(64)}`);
      const { hosts, parts } = await fetched(pathOf(row, '&include=hosts'));
      expect(hosts).toEqual({ items: [], complete: false });
      expect(parts.hosts.status).toBe('fresh');
    });

    it('shows hosts with the digest of an architecture, and the other way round', async () => {
      const withVariant = (byte: string) => {
        const variant = { image_digest: `sha256:${byte.repeat(32)}`, scan_status: 'success' };
        const row = addImage({ row: { is_multiple_arch: true, association_images: [variant] } });
        const of = async (id: string) => (await fetched(pathOf(row, '&include=image,hosts', id))).hosts.items;
        return { row, variant: variant.image_digest, of };
      };
      const found = (matchedBy: string) => ['a', 'b'].map((name) => ({ name, matchedBy }));
      const one = withVariant('e7');
      onHosts(one.row, one.variant);
      expect(await one.of(one.row.image_digest)).toMatchObject(found('variant'));
      expect(await one.of(one.variant)).toMatchObject(found('digest'));
      const other = withVariant('e8');
      onHosts(other.row, other.row.image_digest);
      expect(await other.of(other.variant)).toMatchObject(found('index'));
    });

    it.each(['&include=hosts', '&include=image,hosts'])(
      'finds the hosts of the digest behind an id of HSS (%s)',
      async (include) => {
        const row = addImage({ row: { image_id: 'id-7' } });
        onHosts(row, row.image_digest.replace('sha256:', ''));
        const body = await fetched(pathOf(row, include, 'id-7'));
        expect(hostsOf(body)).toEqual(['a', 'b']);
        expect(callsOf('ListRegistryImages')).toBe(1);
      },
    );

    it('does not say "on no host" when the digest behind an id is unknown', async () => {
      const row = addImage({ row: { image_id: 'id-8' } });
      onHosts(row, row.image_digest);
      strike({ kind: 'status', status: 500, api: 'ListRegistryImages' });
      const failed = await get(pathOf(row, '&include=hosts', 'id-8'));
      expect([failed.status, failed.body.code]).toEqual([503, 'upstream-unavailable']);
      story.emulator.faults.clear();
      // During this time, the service repeats the failure of this list for all consumers.
      clock.advance(2 * secondMs);
      const absent = await get(pathOf(row, '&include=hosts', 'id-9'));
      expect(absent.status).toBe(404);
    });

    it('shows a host once', async () => {
      const row = addImage();
      onHosts(row, row.image_digest);
      onHosts(row, row.image_digest);
      expect(hostsOf(await fetched(pathOf(row, '&include=hosts')))).toEqual(['a', 'b']);
    });

    it('shows a host once when one row has the name and another the id', async () => {
      const row = addImage();
      const { image_name, image_version, image_digest } = row;
      const names = { image_name, image_version, image_digest };
      const host = { id: 'host-a', name: 'a', agentId: 'agent-a', privateIp: '10.0.0.1', containers: [] };
      story.emulator.data.addLocalImage(names, { hosts: [{ ...host, id: '', agentId: '' }] });
      story.emulator.data.addLocalImage(names, { hosts: [{ ...host, id: '' }] });
      story.emulator.data.addLocalImage(names, { hosts: [host] });
      const { hosts } = await fetched(pathOf(row, '&include=hosts'));
      expect(hosts.items).toMatchObject([{ hostId: 'host-a', name: 'a', agentId: 'agent-a' }]);
    });
  });
});

describe('the hosts of an image where HSS lists one row for each image', () => {
  const clock = TestClock.still();
  let emulator: Emulator;
  let service: TestService;

  beforeAll(async () => {
    emulator = await startEmulator({
      rate: 'off',
      clock,
      localListing: 'per-image',
      registryImages: 5,
      localImages: 1,
    });
    service = await startService({ emulator, clock });
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  it('are the one host that the row names', async () => {
    const { row } = emulator.data.addRegistryImage({});
    const { image_name = null, image_version = null, image_digest = null } = row;
    const host = (name: string) => ({ id: name, name, agentId: name, privateIp: '10.0.0.1', containers: [] });
    emulator.data.addLocalImage(
      { image_name, image_version, image_digest },
      { hosts: [host('a'), host('b')] },
    );
    const { body } = await service.get(pathOf(row, '&include=hosts'));
    expect(body.hosts).toEqual({
      items: [{ hostId: 'a', name: 'a', agentId: 'a', containerCount: 0, matchedBy: 'digest' }],
      complete: false,
    });
  });
});
