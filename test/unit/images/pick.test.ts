import { describe, expect, it } from '@jest/globals';
import { pick } from '../../../src/images/image-lookup.js';
import { registryRow } from '../../support/catalog/documents.js';

const digest = 'a'.repeat(64);
const image = { imageId: digest, type: 'private_image', namespace: 'team', name: 'app', tag: '1.0' };
const noCounts = { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null };
const entry = (entryId: string, tag: string) => ({
  entryId,
  registryName: 'main',
  namespace: 'team',
  name: 'app',
  tag,
});
const row = (entryId: string, tag: string, scannedAt: string | null) =>
  registryRow({
    digest,
    entryId,
    tag,
    scan: { status: 'completed', scannedAt, failure: null },
    entries: [entry(entryId, tag)],
  });

describe('the image among registry rows', () => {
  it('has the fields of the requested entry, even when another entry is newer', () => {
    const rows = [row('2', 'other', '2026-01-09T00:00:00.000Z'), row('1', '1.0', '2026-01-01T00:00:00.000Z')];
    const picked = pick(rows, image);
    expect(picked?.tag).toBe('1.0');
    expect(picked?.entries.map(({ entryId }) => entryId)).toEqual(['2', '1']);
  });

  it('has the fields of its newest entry when the requested entry is missing', () => {
    const rows = [row('1', 'old', null), row('2', 'new', '2026-01-02T00:00:00.000Z')];
    expect(pick(rows, image)?.tag).toBe('new');
  });

  it('is one architecture when the architecture has the digest', () => {
    const variant = {
      entryId: 'v',
      imageId: null,
      digest: `sha256:${digest}`,
      type: null,
      namespace: null,
      name: null,
      tag: 'arm64',
      scanStatus: 'failed',
      findingCounts: noCounts,
    };
    const whole = registryRow({ digest: 'b'.repeat(64), severity: 'high', variants: [variant] });
    expect(pick([whole], image)).toMatchObject({
      name: 'app',
      tag: 'arm64',
      severity: null,
      scan: { status: 'failed' },
      entries: [entry('v', 'arm64')],
    });
  });

  it('has the worst findings of all entries and architectures, and the completed scan', () => {
    const counts = (vulnerabilities: number, maliciousFiles: number) => ({
      vulnerabilities,
      unsafeSettings: null,
      maliciousFiles,
    });
    const clean = { ...row('1', '1.0', '2026-01-02T00:00:00.000Z'), severity: 'none' };
    const bad = {
      ...row('2', 'other', '2026-01-01T00:00:00.000Z'),
      severity: 'critical',
      findingCounts: counts(7, 0),
    };
    const waiting = {
      ...row('3', 'third', '2026-01-03T00:00:00.000Z'),
      scan: { status: 'waiting', scannedAt: '2026-01-03T00:00:00.000Z', failure: null },
      variants: [
        { ...image, entryId: 'v', digest: 'c'.repeat(64), scanStatus: null, findingCounts: counts(1, 4) },
      ],
    };
    expect(pick([clean, bad, waiting], image)).toMatchObject({
      tag: '1.0',
      severity: 'critical',
      findingCounts: counts(7, 4),
      scan: clean.scan,
    });
  });

  it('is null when no row has the id or the digest', () => {
    expect(pick([registryRow({ digest: 'b'.repeat(64) })], image)).toBe(null);
  });
});
