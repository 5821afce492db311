import { describe, expect, it } from '@jest/globals';
import { Dataset } from '../../../emulator/data/dataset.js';
import { proxyAgentId, useEmulator } from './emulator-client.js';

const proxyAgentDigest = `sha256:${proxyAgentId}`;
const size = { seed: 1, registryImages: 450, localImages: 320, localListing: 'per-host' } as const;

describe('the data of two emulators', () => {
  const first = useEmulator();
  const twin = useEmulator();
  const other = useEmulator({ seed: 2 });

  it('is the same for the same seed', async () => {
    expect((await first.registry()).text).toBe((await twin.registry()).text);
    expect((await first.local()).text).toBe((await twin.local()).text);
    expect((await first.files()).text).toBe((await twin.files()).text);
  });

  it('differs for another seed, except for the examples', async () => {
    expect((await first.registry()).text).not.toBe((await other.registry()).text);
    expect((await first.registry({ limit: 4 })).text).toBe((await other.registry({ limit: 4 })).text);
  });
});

describe('the dataset', () => {
  it('keeps its rows if more rows are asked for', () => {
    const small = new Dataset({ ...size, registryImages: 100 });
    const large = new Dataset({ ...size, registryImages: 1000 });
    expect(large.registryImages.slice(0, 100)).toEqual(small.registryImages);
  });

  it('gives no two images of one list the same coordinates', () => {
    const { registryImages } = new Dataset(size);
    const keys = registryImages.map(({ row }) =>
      [row.image_type, row.namespace, row.image_name, row.image_version].join(' '),
    );
    expect(new Set(keys).size).toBe(450);
  });

  it('gives rows small ids of their own on demand', () => {
    const data = new Dataset({ ...size, int64RowIds: false });
    data.addRegistryImage();
    const ids = data.registryImages.flatMap(({ row: { id } }) => id ?? []);
    expect(ids.every((id) => Number.isSafeInteger(id))).toBe(true);
    expect([ids.length, new Set(ids).size]).toEqual([450, 450]);
  });

  it('has digests with several tags, and digests both private and shared', () => {
    const { registryImages } = new Dataset(size);
    const groups = registryImages.map(({ row: { image_digest } }) =>
      registryImages.map(({ row }) => row).filter((row) => row.image_digest === image_digest),
    );
    expect(groups.some((rows) => new Set(rows.map((row) => row.image_version)).size > 1)).toBe(true);
    expect(groups.some((rows) => new Set(rows.map((row) => row.image_type)).size > 1)).toBe(true);
  });

  it('makes a hundred thousand images without making their files', () => {
    // The files of all these images would not fit into memory.
    const large = new Dataset({ ...size, registryImages: 100_000, localImages: 1000 });
    expect(large.registryImages).toHaveLength(100_000);
    expect(large.files(large.registryImages[99_999]?.row.image_digest ?? '').length).toBeGreaterThanOrEqual(
      0,
    );
  });

  it('makes a dropped file list again, with the same files', () => {
    const data = new Dataset(size);
    const digests = data.registryImages.map(({ row }) => row.image_digest ?? '');
    const [some = ''] = digests.filter((digest) => data.files(digest).length > 10);
    const before = data.files(some);
    for (const digest of digests) data.files(digest);
    expect(data.files(some)).toEqual(before);
  });
});

describe('changing the data', () => {
  const hss = useEmulator();

  it('shows a rescan at once in lists and files', async () => {
    const rows = hss.emulator.data.rescan(proxyAgentDigest, 1_760_000_000_000, {
      severityLevel: 'Low',
      vulNum: 3,
      files: [{ file_name: 'only', file_path: '/', size: 9_007_199_254_740_993n }],
      basicImages: [{ os_name: 'Ubuntu' }],
    });
    expect(rows).toBeGreaterThanOrEqual(1);
    const list = await hss.registry({ image_name: 'proxy-agent' });
    expect(list.rows[0]).toMatchObject({
      latest_scan_time: 1_760_000_000_000,
      severity_level: 'Low',
      vul_num: 3,
    });
    expect((await hss.files()).text).toContain('"size":9007199254740993');
    expect((await hss.basicImage()).rows).toEqual([{ os_name: 'Ubuntu' }]);
  });

  it('makes up new files on request and keeps the base OS', () => {
    const { data } = hss.emulator;
    const digest =
      data.registryImages.find(({ row }) => data.files(row.image_digest ?? '').length > 50)?.row
        .image_digest ?? '';
    const [files, base] = [data.files(digest), data.basicImages(digest)];
    data.rescan(digest, 1, { files: 'new' });
    expect(data.files(digest)).not.toEqual(files);
    expect(data.basicImages(digest)).toEqual(base);
  });

  it('takes an image through the states of a scan', async () => {
    const { data } = hss.emulator;
    data.setScanStatus(proxyAgentDigest, 'scanning');
    expect((await hss.files()).total).toBe(0);
    expect((await hss.registry({ image_name: 'proxy-agent' })).rows[0]).toMatchObject({
      scan_status: 'scanning',
      severity_level: null,
    });
    data.rescan(proxyAgentDigest, 2, { severityLevel: 'High' });
    expect((await hss.files()).total).toBeGreaterThan(0);
  });

  it('calls a waiting image by the word of each list', async () => {
    const { data } = hss.emulator;
    const digest = data.localImages[0]?.row.image_digest ?? '';
    data.addRegistryImage({ image_name: 'waits', image_digest: digest });
    expect(data.setScanStatus(digest, 'waiting_for_scan')).toBe(2);
    expect((await hss.registry({ image_name: 'waits' })).rows[0]).toMatchObject({
      scan_status: 'waiting_for_scan',
    });
    expect((await hss.local({ image_name: 'webshell-ljx' })).rows[0]).toMatchObject({
      scan_status: 'waiting',
    });
  });

  it('adds rows in front, which shifts rows between two pages', async () => {
    const before = await hss.registry({ limit: 10 });
    const added = hss.emulator.data.addRegistryImage({ image_name: 'newcomer' }, { at: 'first' });
    const after = await hss.registry({ limit: 10 });
    expect(after.total).toBe(before.total + 1);
    expect(after.rows[0]).toMatchObject({ image_name: 'newcomer' });
    expect(after.rows.slice(1)).toEqual(before.rows.slice(0, 9));
    expect(hss.emulator.data.removeRegistryImages({ id: added.row.id })).toBe(1);
    expect((await hss.registry({ limit: 10 })).rows).toEqual(before.rows);
  });

  it('adds and removes local images', async () => {
    const { data } = hss.emulator;
    data.addLocalImage({ image_name: 'fresh' }, { enterpriseProjectId: 'third-project' });
    const found = await hss.local({ image_name: 'fresh', enterprise_project_id: 'third-project' });
    expect(found.rows).toHaveLength(1);
    expect(data.removeLocalImages({ image_name: 'fresh' })).toBe(1);
    expect((await hss.local({ image_name: 'fresh' })).total).toBe(0);
  });

  it('does not change rows that were read before', () => {
    const { data } = hss.emulator;
    const [before] = data.registryImages;
    const timeBefore = before?.row.latest_scan_time;
    data.rescan(proxyAgentDigest, 99);
    expect(before?.row.latest_scan_time).toBe(timeBefore);
    expect(data.registryImages[0]?.row.latest_scan_time).toBe(99);
  });
});
