import type { BaseImageRow } from '../../../src/endpoints/base-images/base-image.row.js';
import type { ImageFileRow } from '../../../src/endpoints/image-files/image-file.row.js';
import type { LocalImageRow } from '../../../src/endpoints/local-images/local-image.row.js';
import type { RegistryImageRow } from '../../../src/endpoints/registry-images/registry-image.row.js';
import { type ChangeSet } from '../../../src/catalog/model/change-set.js';
import { notSynced } from '../../../src/catalog/model/sync-state.js';
import type {
  ContentDocument,
  HostRecord,
  ImageDocument,
  RegistryRecord,
} from '../../../src/catalog/model/documents.js';

// Complete rows and documents of the catalog. A test gives only the fields that it is about.

export const registryRow = (over: Partial<RegistryImageRow> = {}): RegistryImageRow => ({
  imageId: null,
  digest: null,
  type: 'private_image',
  namespace: 'team',
  name: 'app',
  tag: '1.0',
  sizeBytes: 1000,
  severity: null,
  scan: { status: 'completed', scannedAt: '2026-01-02T00:00:00.000Z', failure: null },
  findingCounts: { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null },
  entries: [],
  entryId: '1',
  latestVersion: null,
  updatedAt: null,
  syncedAt: null,
  multiArch: false,
  scannable: true,
  owner: null,
  sharedStatus: null,
  registry: { id: null, name: 'main', type: null },
  instance: { id: null, name: null, url: null },
  variants: [],
  ...over,
});

export const localRow = (over: Partial<LocalImageRow> = {}): LocalImageRow => ({
  imageId: null,
  digest: null,
  localType: 'swr_image',
  name: 'app',
  tag: '1.0',
  sizeBytes: 1000,
  updatedAt: null,
  severity: null,
  scan: { status: 'completed', scannedAt: '2026-01-02T00:00:00.000Z', failure: null },
  findingCounts: { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null },
  hostCount: null,
  containerCount: null,
  componentCount: null,
  host: null,
  notScannableReason: null,
  ...over,
});

export const registryRecord = (
  over: Partial<RegistryImageRow> = {},
  rowKey = 'registry/1',
): RegistryRecord => {
  return { rowKey, readAt: 1, variantOf: null, row: registryRow(over) };
};

export const hostRecord = (over: Partial<LocalImageRow> = {}, rowKey = 'local/1'): HostRecord => ({
  rowKey,
  readAt: 1,
  row: localRow(over),
});

export const imageDocument = (key: string, over: Partial<ImageDocument> = {}): ImageDocument => ({
  key,
  serial: 1,
  appearedAt: 1_700_000_000_000,
  entries: [],
  onHosts: [],
  ...over,
});

export const contentDocument = (
  key: string,
  baseOs: Partial<BaseImageRow>[] | null,
  files: Partial<ImageFileRow>[] | null,
  scannedUntil: string | null = '2026-01-02T00:00:00.000Z',
): ContentDocument => ({
  key,
  of: { imageId: key, type: 'cicd' },
  baseOs: baseOs && {
    rows: baseOs.map((row) => ({ osName: null, osVersion: null, layerDigest: null, ...row })),
    readAt: 1,
    scannedUntil,
  },
  files: files && {
    rows: files.map((row) => ({ name: null, path: null, sizeBytes: null, ...row })),
    readAt: 1,
    scannedUntil,
  },
});

export const changeSet = (version: number, over: Partial<ChangeSet> = {}): ChangeSet => ({
  version,
  at: version,
  images: [],
  gone: [],
  contents: [],
  events: [],
  seen: { registry: [], local: [] },
  sync: notSynced,
  ...over,
});
