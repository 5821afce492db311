import { describe, expect, it } from '@jest/globals';
import { hostRecord, registryRecords } from '../../../../src/catalog/model/rows.js';
import { localRow, registryRow } from '../../../support/catalog/documents.js';

const digest = 'a'.repeat(64);
const other = 'b'.repeat(64);
const noCounts = { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null };
const variant = {
  entryId: 'v1',
  imageId: null,
  digest: `sha256:${other}`,
  type: null,
  namespace: null,
  name: null,
  tag: '1.0-arm64',
  scanStatus: 'completed',
  findingCounts: noCounts,
};

describe('which rows are one image', () => {
  it('depends on the digest, with or without sha256:, in both lists', () => {
    const keys = [
      registryRecords(registryRow({ digest: `sha256:${digest}` }), 1)[0]!.key,
      registryRecords(registryRow({ digest, name: 'another', entryId: '2' }), 1)[0]!.key,
      registryRecords(registryRow({ imageId: `sha256:${digest}` }), 1)[0]!.key,
      hostRecord(localRow({ digest: `sha256:${digest}` }), 1).key,
      hostRecord(localRow({ imageId: digest }), 1).key,
    ];
    expect(new Set(keys)).toEqual(new Set([digest]));
  });

  it('depends on the coordinates where no digest is known', () => {
    const key = (over: Parameters<typeof registryRow>[0]) => registryRecords(registryRow(over), 1)[0]!.key;
    expect(key({ imageId: 'abc' })).toBe(key({ imageId: 'xyz', entryId: '2' }));
    expect(key({ tag: '2.0' })).not.toBe(key({}));
    expect(key({ namespace: 'a/b', name: 'c' })).not.toBe(key({ namespace: 'a', name: 'b/c' }));
    expect(key({ registry: { id: '7', name: 'main', type: null } })).not.toBe(key({}));
    expect(key({ namespace: null })).not.toBe(hostRecord(localRow(), 1).key);
  });

  it('keeps the row key of a registry row when its fields change', () => {
    const [before] = registryRecords(registryRow({ digest, severity: 'low' }), 1);
    const [after] = registryRecords(registryRow({ digest: other, severity: 'high' }), 2);
    expect(after!.rowKey).toBe(before!.rowKey);
    expect(after!.key).not.toBe(before!.key);
  });

  it('keeps rows of the local list apart by host, and joins them by digest', () => {
    const on = (hostId: string) =>
      hostRecord(localRow({ digest, host: { hostId, name: 'n', agentId: null } }), 1);
    expect(on('h1').key).toBe(on('h2').key);
    expect(on('h1').rowKey).not.toBe(on('h2').rowKey);
    expect(hostRecord(localRow({ digest, hostCount: 7 }), 1).rowKey).toBe(
      hostRecord(localRow({ digest }), 2).rowKey,
    );
  });

  it('makes an image of each architecture with a digest of its own', () => {
    const [whole, arm, ...more] = registryRecords(
      registryRow({
        digest,
        severity: 'high',
        variants: [variant, { ...variant, digest }, { ...variant, digest: null }],
      }),
      1,
    );
    expect(more).toEqual([]);
    expect(whole).toMatchObject({ key: digest, variantOf: null });
    expect(arm).toMatchObject({ key: other, variantOf: digest });
    // Fields that HSS does not tell for one architecture stay empty: the fields of the whole image do not fill them.
    expect(arm!.row).toMatchObject({ name: 'app', tag: '1.0-arm64', severity: null, sizeBytes: null });
    expect(arm!.row.scan).toEqual({ status: 'completed', scannedAt: null, failure: null });
  });
});
