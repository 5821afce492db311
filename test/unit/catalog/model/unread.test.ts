import { describe, expect, it } from '@jest/globals';
import { Purges } from '../../../../src/cache/purges.js';
import { derive } from '../../../../src/catalog/model/derive.js';
import { CatalogPurges } from '../../../../src/catalog/model/purged-names.js';
import { hostRecord as hostRecordOf, registryRecords } from '../../../../src/catalog/model/rows.js';
import { notSynced } from '../../../../src/catalog/model/sync-state.js';
import {
  isUnreadRow,
  withoutPurgedContent,
  withoutPurgedRows,
} from '../../../../src/catalog/model/unread.js';
import { contentDocument, imageDocument, localRow, registryRow } from '../../../support/catalog/documents.js';

const index = 'a'.repeat(64);
const variant = 'b'.repeat(64);
const findingCounts = { vulnerabilities: 1, unsafeSettings: 2, maliciousFiles: 3 };
const row = registryRow({
  digest: `sha256:${index}`,
  imageId: 'id-of-hss',
  severity: 'high',
  findingCounts,
  variants: [
    {
      entryId: '2',
      imageId: null,
      digest: `sha256:${variant}`,
      type: 'private_image',
      namespace: 'team',
      name: 'app',
      tag: '1.0',
      scanStatus: 'completed',
      findingCounts,
    },
  ],
});
const host = { hostId: 'h', name: 'node', agentId: 'agent' };
const [main, part] = registryRecords(row, 5);
const onHost = hostRecordOf(
  localRow({ digest: `sha256:${index}`, severity: 'low', findingCounts, host, containerCount: 2 }),
  5,
);
const image = imageDocument(index, { entries: [main!], onHosts: [onHost] });
const architecture = imageDocument(variant, { entries: [part!] });

/** HSS's answer that it does not know a part. */
const told = { askedAt: 5, times: 1, askAgainAt: 6, scannedUntil: null };

const namesOf = (...tags: string[]) => {
  const purges = new Purges();
  const names = new CatalogPurges(purges, ['project', 'enterprise']);
  for (const [at, tag] of tags.entries()) purges.learn(tag, at + 1);
  return names.pending(notSynced);
};
/** A letter for each unread record: entries and hosts of the image, entries of its architecture. */
const unread = (...tags: string[]) => {
  const names = namesOf(...tags);
  const after = withoutPurgedRows(image, names);
  const letters = [
    ...after.entries.map((record) => isUnreadRow(record) && 'e'),
    ...after.onHosts.map((record) => isUnreadRow(record) && 'h'),
    ...withoutPurgedRows(architecture, names).entries.map((record) => isUnreadRow(record) && 'v'),
  ];
  const content = contentDocument(index, [{ osName: 'Debian' }], [{ name: 'file' }]);
  const left = withoutPurgedContent(content, image, names);
  return [...letters, left.baseOs === null && 'b', left.files === null && 'f'].filter(Boolean).join('');
};

describe('a purge makes unread', () => {
  it.each([
    ['all', 'ehvbf'],
    ['project:project', 'ehvbf'],
    ['project:enterprise', 'ehvbf'],
    ['project:other', ''],
    [`image:${index}`, 'ehvbf'],
    ['image:id-of-hss', 'ehbf'],
    [`image:${variant}`, 'ev'],
    ['image:other', ''],
    ['list:registry-images', 'ev'],
    ['list:local-images', 'h'],
    ['list:image-files', 'f'],
    ['list:base-images', 'b'],
    ['key:hash', ''],
  ])('with the tag %s: %s', (tag, expected) => {
    expect(unread(tag)).toBe(expected);
  });

  it('with several tags what each of them names', () => {
    expect(unread('list:local-images', 'list:image-files')).toBe('hf');
  });

  it.each([
    ['all', undefined],
    [`image:${index}`, undefined],
    ['list:image-files', { baseOs: told }],
    ['list:registry-images', { baseOs: told, files: told }],
  ])('the parts that HSS does not know, with the tag %s', (tag, expected) => {
    const content = { ...contentDocument(index, null, null), notKnown: { baseOs: told, files: told } };
    expect(withoutPurgedContent(content, image, namesOf(tag)).notKnown).toEqual(expected);
  });

  it('no row twice, and gives the same document when nothing is named', () => {
    const names = namesOf('all');
    const once = withoutPurgedRows(image, names);
    expect(withoutPurgedRows(once, names)).toBe(once);
    expect(withoutPurgedRows(image, namesOf('image:other'))).toBe(image);
  });

  it('all assessments, and leaves identity, coordinates and hosts', () => {
    const before = derive(image, undefined);
    const after = derive(withoutPurgedRows(image, namesOf('all')), undefined);
    expect(after).toMatchObject({
      severity: null,
      scan: { status: null, scannedAt: null, failure: null },
      findingCounts: { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null },
    });
    expect(JSON.stringify(after)).not.toMatch(/completed|high|low/);
    for (const field of [
      'imageId',
      'digest',
      'type',
      'namespace',
      'name',
      'tag',
      'sizeBytes',
      'hosts',
    ] as const)
      expect([field, after[field]]).toEqual([field, before[field]]);
    expect([after.running, after.multiArch]).toEqual([true, true]);
  });
});

describe('the purges of a catalog', () => {
  it('begin with the first purge after the start when the catalog tells none', () => {
    const purges = new Purges();
    purges.learn('all', 7);
    const known = new CatalogPurges(purges, []);
    expect(known.pending(notSynced).lists.size).toBe(0);
    purges.learn('image:x', 8);
    expect([...known.pending(notSynced).images]).toEqual(['x']);
    expect(known.pending({ ...notSynced, purges: { upTo: 8, version: 3 } }).images.size).toBe(0);
  });
});
