import { describe, expect, it } from '@jest/globals';
import { useEmulator, type Row } from './emulator-client.js';

const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`;

describe('changes that no rescan made', () => {
  const hss = useEmulator({ registryImages: 30, localImages: 30 });
  const one = async (name: string): Promise<Row> => {
    const { rows } = await hss.registry({ image_name: name });
    expect(rows).toHaveLength(1);
    return rows[0] ?? {};
  };
  const changeOverHttp = async (body: object) => {
    const reply = await hss.control('POST', 'data', body);
    expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
    return reply.body;
  };

  it.each([
    ['status', { scan_status: 'scanning' }],
    ['failure', { scan_status: 'failed', scan_failed_code: 'unknown_error' }],
    ['severity', { severity_level: 'High' }],
    ['counts', { vul_num: 9, malicious_file_num: 2 }],
    ['update time', { latest_update_time: 1_765_000_000_000 }],
    ['status and update time', { scan_status: 'failed', latest_update_time: 1_765_000_000_000 }],
  ])('change the %s of a registry row and nothing else', async (what, changes) => {
    const name = `changed ${what}`;
    hss.emulator.data.addRegistryImage({ image_name: name });
    const before = await one(name);
    expect(hss.emulator.data.changeRegistryImages({ image_name: name }, changes)).toBe(1);
    expect(await one(name)).toEqual({ ...before, ...changes });
  });

  it('change local rows, their hosts and their containers over HTTP', async () => {
    await changeOverHttp({ action: 'add-local-image', row: { image_name: 'moving' } });
    const [before] = (await hss.local({ image_name: 'moving' })).rows;
    const hosts = [
      { id: 'h-1', name: 'first', containers: [{ name: 'moved-here' }] },
      { id: 'h-2', name: 'second' },
    ];
    const action = 'change-local-images';
    const changes = { scan_status: 'failed', severity_level: 'Security' };
    expect(await changeOverHttp({ action, match: { image_name: 'moving' }, changes, hosts })).toEqual({
      rows: 1,
    });
    const { rows } = await hss.local({ image_name: 'moving' });
    expect(rows).toEqual([
      expect.objectContaining({ ...changes, host_id: 'h-1', container_num: 1, host_num: 2 }),
      expect.objectContaining({ ...changes, host_id: 'h-2', container_num: 0, host_num: 2 }),
    ]);
    expect(rows[0]).toMatchObject({ latest_scan_time: before?.['latest_scan_time'] });
    expect((await hss.local({ container_name: 'moved-here' })).total).toBe(1);
  });

  it.each(['same', 'new'] as const)('move a tag to a digest that nobody scanned, %s entry', async (entry) => {
    const name = `tag moves, ${entry} entry`;
    hss.emulator.data.addRegistryImage({ image_name: name, image_version: 'latest' });
    const idOf = () => hss.emulator.data.registryImages.find(({ row }) => row.image_name === name)?.row.id;
    const [before, idBefore] = [await one(name), idOf()];
    expect(hss.emulator.data.moveTag({ image_name: name, image_version: 'latest' }, { entry })).toBe(1);
    const after = await one(name);
    expect(idOf() === idBefore).toBe(entry === 'same');
    expect(after['image_digest']).not.toBe(before['image_digest']);
    expect(after).toMatchObject({
      image_id: String(after['image_digest']).slice('sha256:'.length),
      scan_status: 'unscan',
      latest_scan_time: 0,
      severity_level: null,
    });
  });

  it('move a tag to an image that another row has, over HTTP', async () => {
    const { data } = hss.emulator;
    data.addRegistryImage({
      image_name: 'known',
      image_digest: digestOf('a'),
      severity_level: 'High',
      vul_num: 7,
    });
    data.addRegistryImage({ image_name: 'moves', image_digest: digestOf('b') });
    const match = { image_name: 'moves' };
    const changes = { latest_update_time: 1_765_000_000_000 };
    await changeOverHttp({ action: 'move-tag', match, digest: digestOf('a'), changes });
    expect(await one('moves')).toMatchObject({
      image_digest: digestOf('a'),
      severity_level: 'High',
      vul_num: 7,
      scan_status: 'success',
      ...changes,
    });
  });

  it('let words stand that HSS does not have yet, and filter by them', async () => {
    const { data } = hss.emulator;
    expect((await hss.registry({ severity_level: 'Critical' })).status).toBe(400);
    const changes = { severity_level: 'Critical', scan_status: 'half_scanned' };
    data.addRegistryImage({ image_name: 'of tomorrow' });
    await changeOverHttp({ action: 'change-registry-images', match: { image_name: 'of tomorrow' }, changes });
    expect((await hss.registry({ severity_level: 'Critical' })).rows).toEqual([
      expect.objectContaining(changes),
    ]);
  });
});

describe('images whose content HSS does not know', () => {
  const hss = useEmulator({ registryImages: 5, localImages: 1 });
  const index = {
    image_name: 'multi',
    image_digest: digestOf('c'),
    is_multiple_arch: true,
    association_images: [{ image_id: 'd'.repeat(64), image_digest: digestOf('d'), scan_status: 'success' }],
  };
  const query = { image_type: 'private_image', namespace: 'added', image_name: 'multi' };

  it('are answered with HSS.0011 until the content is known', async () => {
    const change = {
      action: 'change-content',
      digest: hss.emulator.data.registryImages[0]?.row.image_digest,
    };
    await hss.control('POST', 'data', { ...change, missing: true });
    expect((await hss.files()).body).toMatchObject({ error_code: 'HSS.0011' });
    expect((await hss.basicImage()).body).toMatchObject({ error_code: 'HSS.0011' });
    await hss.control('POST', 'data', { ...change, missing: false, files: [] });
    expect((await hss.files()).body).toEqual({ total_num: 0, data_list: [] });
    expect((await hss.basicImage()).total).toBe(1);
  });

  describe.each([
    ['missing', { status: 400, body: { error_code: 'HSS.0011' } }],
    ['empty', { status: 200, body: { total_num: 0, data_list: [] } }],
  ] as const)('as a variant of an index, %s', (variantContent, expected) => {
    const variants = useEmulator({ registryImages: 5, localImages: 1, variantContent });

    it('are told from the index itself', async () => {
      variants.emulator.data.addRegistryImage(index);
      variants.emulator.data.changeContent(digestOf('c'), { files: [{ file_name: 'of-index' }] });
      const ofVariant = await variants.get(`${'d'.repeat(64)}/files`, { ...query, tag_name: 'v1' });
      const baseOfVariant = await variants.get(`${'d'.repeat(64)}/basic-image`, {
        ...query,
        image_version: 'v1',
      });
      for (const reply of [ofVariant, baseOfVariant]) expect(reply).toMatchObject(expected);
      const ofIndex = await variants.get(`${'c'.repeat(64)}/files`, { ...query, tag_name: 'v1' });
      expect(ofIndex.rows).toEqual([{ file_name: 'of-index' }]);
    });
  });
});
