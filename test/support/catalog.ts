/** Fills the catalog of a running service by hand, for tests that must not wait for the sync. */
import { parseJson } from '../../src/json/lossless.js';
import type { CatalogEvent } from '../../src/catalog/model/catalog-event.js';
import type { ChangeSet } from '../../src/catalog/model/change-set.js';
import type { ListState, SyncState } from '../../src/catalog/model/sync-state.js';
import { contentSource } from '../../src/catalog/model/content-source.js';
import type { ContentDocument, ImageDocument } from '../../src/catalog/model/documents.js';
import { hostRecord, registryRecords } from '../../src/catalog/model/rows.js';
import { toBaseImageRow } from '../../src/endpoints/base-images/base-image.row.js';
import { toImageFileRow } from '../../src/endpoints/image-files/image-file.row.js';
import type { LocalImageRow } from '../../src/endpoints/local-images/local-image.row.js';
import type { RegistryImageRow } from '../../src/endpoints/registry-images/registry-image.row.js';
import type { Emulator } from '../../emulator/emulator.js';
import type { TestService } from './service.js';

/** The images of both lists at this moment, joined as in the catalog, without any part of the sync. */
export async function imageDocuments(service: TestService, readAt: number): Promise<ImageDocument[]> {
  const documents = new Map<string, ImageDocument>();
  const of = (key: string): ImageDocument => {
    const known = documents.get(key);
    if (known) return known;
    const document = { key, serial: documents.size + 1, appearedAt: readAt, entries: [], onHosts: [] };
    documents.set(key, document);
    return document;
  };
  for (const row of await allRows<RegistryImageRow>(service, '/v1/registry-images?limit=200'))
    for (const { key, ...record } of registryRecords(row, readAt)) of(key).entries.push(record);
  for (const row of await allRows<LocalImageRow>(service, '/v1/local-images?limit=200')) {
    const { key, ...record } = hostRecord(row, readAt);
    of(key).onHosts.push(record);
  }
  return [...documents.values()];
}

/** The contents of these images, as HSS would list them. */
export function contentDocuments(
  emulator: Emulator,
  documents: readonly ImageDocument[],
  readAt: number,
): ContentDocument[] {
  return documents.flatMap((document) => {
    const source = contentSource(document);
    if (!source) return [];
    const digest = document.entries[0]?.row.digest ?? document.key;
    const scannedUntil = source.scan.scannedAt;
    const rows = <Row>(raw: readonly object[], toRow: (raw: never) => Row) => ({
      rows: raw.map((one) => toRow(one as never)),
      readAt,
      scannedUntil,
    });
    return {
      key: document.key,
      of: source.of,
      baseOs: rows(emulator.data.basicImages(digest), toBaseImageRow),
      files: rows(emulator.data.files(digest), toImageFileRow),
    };
  });
}

export interface Filling {
  images?: ImageDocument[];
  gone?: string[];
  contents?: ContentDocument[];
  events?: CatalogEvent[];
  /** Whether both lists were read to their ends. Default: true. */
  complete?: boolean;
  /** The time at which the lists were read. */
  readAt: number;
  /** The last step that changed data, as the sync tells it in every step. */
  data?: SyncState['data'];
}

/** Applies one step to the catalog, as the sync would make the step. */
export async function applyStep(service: TestService, filling: Filling): Promise<void> {
  const { images = [], gone = [], contents = [], events = [], complete = true, readAt, data } = filling;
  const list: ListState = {
    walk: null,
    walkedAt: complete ? readAt : null,
    deltaAt: complete ? readAt : null,
    newestScan: null,
    total: images.length,
    rows: images.length,
    duplicates: 0,
  };
  const { catalog, changes } = service;
  const step: ChangeSet = {
    version: catalog.version + 1,
    at: readAt,
    images,
    gone,
    contents,
    events,
    seen: { registry: [], local: [] },
    sync: {
      registry: list,
      local: list,
      missedOnce: [],
      lastSerial: images.length,
      calls: 0,
      ...(data ? { data } : {}),
    },
  };
  if (catalog.version === 0) changes.begin(catalog.epoch, 0, readAt);
  await catalog.apply(step);
  changes.record(step);
}

/** Fills the catalog with all images and contents of the emulator. */
export async function fillCatalog(
  service: TestService,
  emulator: Emulator,
  readAt: number,
): Promise<ImageDocument[]> {
  const images = await imageDocuments(service, readAt);
  await applyStep(service, { images, contents: contentDocuments(emulator, images, readAt), readAt });
  emulator.journal.clear();
  return images;
}

async function allRows<Row>(service: TestService, start: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let next: string | null = start; next !== null;) {
    const page = parseJson((await service.get(next)).text) as { items: Row[]; next: string | null };
    rows.push(...page.items);
    next = page.next;
  }
  return rows;
}
