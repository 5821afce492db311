import { describe, expect, it } from '@jest/globals';
import { toBaseImageRow } from '../../../src/endpoints/base-images/base-image.row.js';
import { toImageFileRow } from '../../../src/endpoints/image-files/image-file.row.js';
import { toLocalImageRow } from '../../../src/endpoints/local-images/local-image.row.js';
import { toRegistryImageRow } from '../../../src/endpoints/registry-images/registry-image.row.js';
import type { RawRow } from '../../../src/hss/envelope.js';

const readers: [string, (raw: RawRow) => object][] = [
  ['a registry image', toRegistryImageRow],
  ['a local image', toLocalImageRow],
  ['a file', toImageFileRow],
  ['a base image', toBaseImageRow],
];

/** Every value of an object, at every depth. */
function leaves(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(leaves);
}

describe.each(readers)('%s', (_, toRow) => {
  it('is all null when HSS sends nothing, with all fields present', () => {
    const row = toRow({});
    expect(new Set(leaves(row))).toEqual(new Set([null]));
    const nulls = Object.fromEntries(
      ['id', 'image_id', 'image_size', 'association_images', 'scan_status', 'os_name', 'size'].map((name) => [
        name,
        null,
      ]),
    );
    expect(toRow(nulls)).toEqual(row);
    expect(Object.keys(toRow({ something_new: 1, image_name: 'x' }))).toEqual(Object.keys(row));
  });

  it('survives the wrong type in every field', () => {
    for (const wrong of [{}, [], [null], true, 1.5, Number.NaN, '']) {
      const names = [
        'id',
        'image_name',
        'image_size',
        'scan_status',
        'severity_level',
        'latest_scan_time',
        'host_id',
      ];
      const row = toRow(
        Object.fromEntries(
          [...names, 'association_images', 'scannable', 'size', 'os_name'].map((name) => [name, wrong]),
        ),
      );
      for (const leaf of leaves(row))
        expect(['string', 'boolean', 'object', 'number']).toContain(typeof leaf);
    }
  });
});

describe('a registry image', () => {
  it("is read from HSS's own example, which its own schema refuses", () => {
    const row = toRegistryImageRow({
      id: '111 (example for private images)',
      image_size: '1,000 (bytes)',
      latest_scan_time: 1_691_748_641_788,
      latest_version: 'false',
      severity_level: 'Security',
      scan_status: 'success',
      vul_num: '111',
      registry_name: 'swr',
    });
    expect(row).toMatchObject({
      entryId: '111 (example for private images)',
      entries: [{ entryId: '111 (example for private images)', registryName: 'swr' }],
      sizeBytes: null,
      latestVersion: false,
      severity: 'none',
      scan: { status: 'completed', scannedAt: '2023-08-11T10:10:41.788Z', failure: null },
      findingCounts: { vulnerabilities: 111, unsafeSettings: null, maliciousFiles: null },
    });
  });

  it.each([
    [9007199254740993n, '9007199254740993'],
    [111, '111'],
    ['abc', 'abc'],
    [null, null],
  ])('has the id %s as text', (id, entryId) => {
    expect(toRegistryImageRow({ id })).toMatchObject({ entryId, entries: [{ entryId }] });
  });

  it.each([
    ['unscan', 'not-scanned'],
    ['waiting_for_scan', 'waiting'],
    ['waiting', 'waiting'],
    ['scanning', 'scanning'],
    ['success', 'completed'],
    ['SUCCESS', 'completed'],
    ['failed', 'failed'],
    ['download_failed', 'download-failed'],
    ['image_oversized', 'oversized'],
    ['Something_New', 'something_new'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
    ['', null],
  ])('has the scan status %j as %j', (scan_status, status) => {
    expect(toRegistryImageRow({ scan_status }).scan.status).toBe(status);
    expect(toLocalImageRow({ scan_status }).scan.status).toBe(status);
  });

  it.each([
    ['Security', 'none'],
    ['Low', 'low'],
    ['Medium', 'medium'],
    ['High', 'high'],
    ['Critical', 'critical'],
    ['', null],
    [null, null],
  ])('has the severity %j as %j', (severity_level, severity) => {
    expect(toRegistryImageRow({ severity_level }).severity).toBe(severity);
  });

  it.each([
    [0, null],
    ['', null],
    [-1, null],
    [null, null],
    [1, '1970-01-01T00:00:00.001Z'],
    ['1691748641788', '2023-08-11T10:10:41.788Z'],
    [253_402_300_799_999, '9999-12-31T23:59:59.999Z'],
    [253_402_300_800_000, null],
    [9_223_372_036_854_775_807n, null],
    [1.5, null],
  ])('has the time %p as %j', (latest_scan_time, scannedAt) => {
    expect(toRegistryImageRow({ latest_scan_time }).scan.scannedAt).toBe(scannedAt);
  });

  it('has its architectures, and leaves out values that are no architecture', () => {
    const { variants } = toRegistryImageRow({
      association_images: [null, 'x', { id: 9100000000000000021n, scan_status: 'unscan', vul_num: 3 }],
    });
    expect(variants).toMatchObject([
      { entryId: '9100000000000000021', scanStatus: 'not-scanned', findingCounts: { vulnerabilities: 3 } },
    ]);
    expect(toRegistryImageRow({ association_images: 'none' }).variants).toEqual([]);
  });

  it('has the reason of a failed scan, as far as HSS tells it', () => {
    expect(toRegistryImageRow({ scan_failed_code: 'x' }).scan.failure).toEqual({
      code: 'x',
      description: null,
    });
    expect(toRegistryImageRow({ scan_failed_desc: 'y' }).scan.failure).toEqual({
      code: null,
      description: 'y',
    });
  });
});

describe('a local image', () => {
  it.each([
    ['docker_offline', { code: 'docker_offline', description: null }],
    ['The agent is offline.', { code: null, description: 'The agent is offline.' }],
    ['', null],
  ])('has the reason %j for a failed scan', (scan_failed_desc, failure) => {
    expect(toLocalImageRow({ scan_failed_desc }).scan.failure).toEqual(failure);
  });

  it('has a host as soon as one field of the host is known', () => {
    expect(toLocalImageRow({ host_name: 'n' }).host).toEqual({ hostId: null, name: 'n', agentId: null });
    expect(toLocalImageRow({ host_name: '', host_id: null }).host).toBeNull();
  });
});
