import { describe, expect, it } from '@jest/globals';
import { derive } from '../../../../src/catalog/model/derive.js';
import { contentSource } from '../../../../src/catalog/model/content-source.js';
import { isCurrent } from '../../../../src/catalog/model/content-state.js';
import {
  contentDocument,
  hostRecord,
  imageDocument,
  registryRecord,
} from '../../../support/catalog/documents.js';

const noCounts = { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null };
const scanAt = (day: number, status = 'completed') => ({
  status,
  scannedAt: `2026-01-0${day}T00:00:00.000Z`,
  failure: null,
});
const host = (hostId: string, name = hostId) => ({ hostId, name, agentId: null });
const shown = (over: Parameters<typeof imageDocument>[1]) => derive(imageDocument('k', over), undefined);

describe('an image as the catalog shows it', () => {
  it('has the flat fields of its newest entry, and lists all entries', () => {
    const image = shown({
      entries: [
        registryRecord({ tag: 'old', scan: scanAt(1) }, 'registry/1'),
        registryRecord({ tag: 'new', scan: scanAt(3) }, 'registry/2'),
      ],
      onHosts: [hostRecord({ tag: 'on-host', scan: scanAt(5) })],
    });
    expect(image.tag).toBe('new');
    expect(image.entries.map(({ tag }) => tag)).toEqual(['new', 'old']);
  });

  it('has the worst value of its rows, with the row that has it', () => {
    const image = shown({
      entries: [
        registryRecord({ entryId: '7', severity: 'low', findingCounts: { ...noCounts, vulnerabilities: 9 } }),
      ],
      onHosts: [
        hostRecord({
          host: host('h1'),
          severity: 'high',
          findingCounts: { ...noCounts, vulnerabilities: 3, maliciousFiles: 1 },
        }),
      ],
    });
    expect(image).toMatchObject({
      severity: 'high',
      findingCounts: { vulnerabilities: 9, unsafeSettings: null, maliciousFiles: 1 },
    });
    expect(image.origins).toEqual({
      severity: { source: 'host', entryId: null, hostId: 'h1' },
      vulnerabilities: { source: 'registry', entryId: '7', hostId: null },
      unsafeSettings: null,
      maliciousFiles: { source: 'host', entryId: null, hostId: 'h1' },
    });
  });

  it('counts the findings of its architectures', () => {
    const variant = {
      entryId: 'v',
      imageId: null,
      digest: 'd',
      type: null,
      namespace: null,
      name: null,
      tag: null,
      scanStatus: 'completed',
      findingCounts: { ...noCounts, vulnerabilities: 2, maliciousFiles: 3 },
    };
    const clean = { vulnerabilities: 5, unsafeSettings: 0, maliciousFiles: 0 };
    const image = shown({
      entries: [registryRecord({ severity: 'low', findingCounts: clean, variants: [variant] })],
    });
    expect(image).toMatchObject({
      severity: 'low',
      findingCounts: { vulnerabilities: 5, unsafeSettings: 0, maliciousFiles: 3 },
      origins: { maliciousFiles: { source: 'registry', entryId: 'v', hostId: null } },
    });
  });

  it('has the newest completed scan of its entries, not of its copies on hosts', () => {
    const image = shown({
      entries: [
        registryRecord({ scan: scanAt(1) }, 'registry/1'),
        registryRecord({ scan: scanAt(2) }, 'registry/2'),
        registryRecord({ scan: scanAt(5, 'scanning') }, 'registry/3'),
      ],
      onHosts: [hostRecord({ scan: scanAt(7, 'waiting') })],
    });
    expect(image.scan).toEqual(scanAt(2));
    expect(shown({ onHosts: [hostRecord({ scan: scanAt(7, 'waiting') })] }).scan).toEqual(
      scanAt(7, 'waiting'),
    );
  });

  it('shows the fields in which its rows differ, each value once', () => {
    const image = shown({
      entries: [registryRecord({ severity: 'low', sizeBytes: 1000 })],
      onHosts: ['h1', 'h2'].map((id) => hostRecord({ severity: 'high', host: host(id) }, `local/${id}`)),
    });
    expect(image.disagreements).toEqual([
      {
        field: 'severity',
        values: [
          { value: 'low', origin: { source: 'registry', entryId: '1', hostId: null } },
          { value: 'high', origin: { source: 'host', entryId: null, hostId: 'h1' } },
        ],
      },
    ]);
  });

  it('keeps every digit of large integers, and compares them with small ones', () => {
    const large = 2n ** 53n + 1n;
    const image = shown({
      entries: [registryRecord({ sizeBytes: large, findingCounts: { ...noCounts, vulnerabilities: large } })],
      onHosts: [hostRecord({ sizeBytes: large, findingCounts: { ...noCounts, vulnerabilities: 5 } })],
    });
    expect(image.sizeBytes).toBe(large);
    expect(image.findingCounts.vulnerabilities).toBe(large);
    expect(image.disagreements.map(({ field }) => field)).toEqual(['vulnerabilities']);
  });

  it('names its multi-architecture image when it is one architecture', () => {
    const image = shown({ entries: [{ ...registryRecord({ multiArch: false }), variantOf: 'whole' }] });
    expect(image).toMatchObject({ variantOf: 'whole', multiArch: false });
  });

  it('shows its base OS and the number of its files, null while unknown', () => {
    const content = contentDocument('k', [{ osName: 'Debian' }], [{ name: 'a' }, { name: 'b' }]);
    const image = derive(imageDocument('k', { entries: [registryRecord()] }), content);
    expect(image.baseOs).toEqual([{ osName: 'Debian', osVersion: null, layerDigest: null }]);
    expect(image.files).toEqual({ total: 2, readAt: '1970-01-01T00:00:00.001Z' });
    expect(shown({ entries: [registryRecord()] })).toMatchObject({ baseOs: null, files: null });
  });
});

describe('the hosts of an image', () => {
  it('are the rows of a list with one row for each host', () => {
    const onHosts = ['h2', 'h1'].map((id) =>
      hostRecord({ host: host(id), hostCount: 2, containerCount: 1 }, `local/${id}`),
    );
    const { hosts, running } = shown({ onHosts });
    expect(hosts.items.map(({ hostId }) => hostId)).toEqual(['h1', 'h2']);
    expect(hosts).toMatchObject({ total: 2, complete: true });
    expect(running).toBe(true);
  });

  it('are counted but not listed in a list with one row for each image', () => {
    const { hosts } = shown({ onHosts: [hostRecord({ host: host('h1'), hostCount: 57 })] });
    expect(hosts.items).toHaveLength(1);
    expect(hosts).toMatchObject({ total: 57, complete: false });
  });

  it('count a host with two names of the image once, with all containers', () => {
    const onHosts = ['app', 'retagged'].map((name) =>
      hostRecord({ name, host: host('h1'), hostCount: 1, containerCount: 2 }, `local/${name}`),
    );
    expect(shown({ onHosts }).hosts).toMatchObject({
      items: [{ hostId: 'h1', containerCount: 4 }],
      total: 1,
      complete: true,
    });
  });

  it('count a host once when one row has its name, another its agent too', () => {
    const onHosts = [
      hostRecord({ host: { hostId: null, agentId: null, name: 'web' }, hostCount: 1 }, 'local/web'),
      hostRecord({ host: { hostId: null, agentId: 'a1', name: 'web' }, hostCount: 1 }, 'local/a1'),
    ];
    expect(shown({ onHosts }).hosts).toMatchObject({
      items: [{ hostId: null, agentId: 'a1', name: 'web' }],
      total: 1,
      complete: true,
    });
  });

  it('are two when two ids share a name', () => {
    const onHosts = ['h1', 'h2'].map((id) => hostRecord({ host: host(id, 'web') }, `local/${id}`));
    expect(shown({ onHosts }).hosts.items.map(({ hostId }) => hostId)).toEqual(['h1', 'h2']);
  });

  it('are complete when HSS counts no hosts', () => {
    expect(shown({ entries: [registryRecord()] }).hosts).toEqual({ items: [], total: 0, complete: true });
    expect(shown({ onHosts: [hostRecord({ host: host('h1'), hostCount: 0 })] }).hosts.complete).toBe(true);
  });
});

describe('the content that the catalog knows', () => {
  it('is current while its image has no newer scan', () => {
    const read = (scannedUntil: string | null) => contentDocument('k', [], null, scannedUntil).baseOs;
    expect(isCurrent(read(scanAt(2).scannedAt), scanAt(2))).toBe(true);
    expect(isCurrent(read(scanAt(1).scannedAt), scanAt(2))).toBe(false);
    expect(isCurrent(read(null), scanAt(2))).toBe(false);
    expect(isCurrent(read(null), { status: 'not-scanned', scannedAt: null, failure: null })).toBe(true);
    expect(isCurrent(null, scanAt(2))).toBe(false);
  });

  it('can be read for a registry image with all coordinates and a completed scan', () => {
    const askable = (over: Parameters<typeof registryRecord>[0]) =>
      contentSource(imageDocument('k', { entries: [registryRecord({ scan: scanAt(1), ...over })] })) !== null;
    expect(askable({ imageId: 'id' })).toBe(true);
    expect(askable({ digest: 'a'.repeat(64) })).toBe(true);
    expect(askable({ imageId: 'id', scan: scanAt(1, 'scanning') })).toBe(false);
    expect(askable({ imageId: 'id', tag: null })).toBe(false);
    expect(askable({ imageId: 'id', tag: 't'.repeat(65) })).toBe(false);
    expect(askable({ imageId: 'id', type: 'jfrog' })).toBe(false);
    expect(askable({})).toBe(false);
    expect(contentSource(imageDocument('k', {}))).toBe(null);
  });
});
