import type { LocalImageRow } from '../../endpoints/local-images/local-image.row.js';
import type { RegistryImageRow } from '../../endpoints/registry-images/registry-image.row.js';
import { stringifyJson } from '../../json/lossless.js';
import type { CatalogList, ChangeSet, SyncState } from '../model/change-set.js';
import type { ContentDocument, HostRecord, ImageDocument, RegistryRecord } from '../model/documents.js';
import type { CatalogReader } from '../model/reader.js';
import { hostRecord, registryRecords, type Keyed } from '../model/rows.js';
import { eventsOf } from './events.js';
import type { RecentReads } from './recent-reads.js';
import { rowHash, type RowHash } from './row-hash.js';

export type Known = Pick<CatalogReader, 'document' | 'content' | 'keysNamed'>;
/** A row of the registry list, or of the local one: the list says which. */
export type ListRow = RegistryImageRow | LocalImageRow;

interface Opened {
  before: ImageDocument | undefined;
  after: ImageDocument;
  isChanged: boolean;
}

/**
 * The next step of the catalog while it is made: rows and contents are folded into the documents that are known. What
 * says nothing new leaves no trace, and what is older than what is known changes nothing.
 */
export class ChangeSetBuilder {
  readonly #documents = new Map<string, Opened>();
  readonly #contents = new Map<string, ContentDocument>();
  readonly #seen = { registry: new Set<RowHash>(), local: new Set<RowHash>() };
  readonly #syncBefore: string;

  constructor(
    private readonly known: Known,
    private readonly recent: RecentReads,
    /** To be changed. */
    readonly sync: SyncState,
    private readonly now: number,
  ) {
    this.#syncBefore = JSON.stringify(sync);
  }

  document(key: string): ImageDocument | undefined {
    return this.#documents.get(key)?.after ?? this.known.document(key);
  }

  /** @param readAt when HSS was asked. @returns the row's name in its list. */
  upsert(list: CatalogList, row: ListRow, readAt: number): RowHash {
    const hash = hashOf(list, row);
    if (this.sync[list].walk) this.#seen[list].add(hash);
    if ((this.recent.at(hash) ?? 0) > readAt) return hash;
    if (list === 'registry') this.#upsertEntry(registryRecords(row as RegistryImageRow, readAt));
    else this.#upsertHost(hostRecord(row as LocalImageRow, readAt));
    this.recent.note(hash, readAt);
    return hash;
  }

  /** The row is known to be no more. */
  remove(list: CatalogList, key: string, rowKey: string, readAt: number): void {
    const document = this.document(key);
    const records = list === 'registry' ? document?.entries : document?.onHosts;
    const record = records?.find((each) => each.rowKey === rowKey);
    if (!document || !record || record.readAt > readAt) return;
    if (list === 'local') this.#change(key).onHosts = without(document.onHosts, rowKey);
    else for (const old of expand(record as RegistryRecord)) this.#dropEntry(old);
    this.sync[list].rows -= 1;
    this.recent.note(rowHash(list, { key, rowKey }), readAt);
  }

  put(content: ContentDocument): void {
    this.#contents.set(content.key, content);
  }

  /** @param events whether anybody is to hear of what is different. @returns undefined when nothing is. */
  finish(version: number, events: boolean): ChangeSet | undefined {
    const changed = [...this.#documents.values()].filter(({ isChanged }) => isChanged);
    const isEmpty = ({ entries, onHosts }: ImageDocument) => entries.length + onHosts.length === 0;
    const images = changed.map(({ after }) => after).filter((image) => !isEmpty(image));
    const gone = changed
      .filter(({ before, after }) => before && isEmpty(after))
      .map(({ after }) => after.key);
    const contents = [...this.#contents.values()].filter(({ key }) => !gone.includes(key));
    const seen = { registry: [...this.#seen.registry], local: [...this.#seen.local] };
    const isSame = images.length + gone.length + contents.length === 0;
    if (isSame && JSON.stringify(this.sync) === this.#syncBefore) return undefined;
    return {
      ...{ version, at: this.now, images, gone, contents },
      events: events
        ? changed.flatMap(({ before, after }) => eventsOf(before, isEmpty(after) ? undefined : after))
        : [],
      ...{ seen, sync: this.sync },
    };
  }

  #upsertEntry(records: Keyed<RegistryRecord>[]): void {
    const [main] = records;
    if (!main) return;
    const old = this.#oldEntry(main);
    if (old && old.readAt > main.readAt) return;
    // One architecture may be no more, and under one tag may be another image by now.
    const stays = new Set(records.map(({ key, rowKey }) => `${rowKey} ${key}`));
    for (const record of old ? expand(old) : [])
      if (!stays.has(`${record.rowKey} ${record.key}`)) this.#dropEntry(record);
    for (const { key, ...record } of records) {
      const held = this.document(key)?.entries.find(({ rowKey }) => rowKey === record.rowKey);
      if (held && isSame(held, record)) continue;
      const document = this.#change(key);
      document.entries = [...without(document.entries, record.rowKey), record];
    }
    if (!old) this.sync.registry.rows += 1;
  }

  /** As this row is known, under whichever image: its tag may have been moved to another one. */
  #oldEntry({ key, rowKey, row }: Keyed<RegistryRecord>): RegistryRecord | undefined {
    const { namespace, name, tag } = row;
    const named =
      name === null
        ? []
        : this.known.keysNamed({
            ...(namespace === null ? {} : { namespace }),
            name,
            ...(tag === null ? {} : { tag }),
          });
    for (const each of new Set([key, ...named])) {
      const found = this.document(each)?.entries.find((entry) => entry.rowKey === rowKey);
      if (found) return found;
    }
    return undefined;
  }

  #upsertHost({ key, ...record }: Keyed<HostRecord>): void {
    const held = this.document(key)?.onHosts.find(({ rowKey }) => rowKey === record.rowKey);
    if (held && (held.readAt > record.readAt || stringifyJson(held.row) === stringifyJson(record.row)))
      return;
    const document = this.#change(key);
    document.onHosts = [...without(document.onHosts, record.rowKey), record];
    if (!held) this.sync.local.rows += 1;
  }

  #dropEntry({ key, rowKey }: Keyed<RegistryRecord>): void {
    if (!this.document(key)?.entries.some((entry) => entry.rowKey === rowKey)) return;
    const document = this.#change(key);
    document.entries = without(document.entries, rowKey);
  }

  #change(key: string): ImageDocument {
    let opened = this.#documents.get(key);
    if (!opened) {
      const before = this.known.document(key);
      this.#documents.set(key, (opened = { before, after: this.#copy(key, before), isChanged: false }));
    }
    opened.isChanged = true;
    return opened.after;
  }

  #copy(key: string, before: ImageDocument | undefined): ImageDocument {
    if (before) return { ...before };
    this.sync.lastSerial += 1;
    return { key, serial: this.sync.lastSerial, appearedAt: this.now, entries: [], onHosts: [] };
  }
}

function hashOf(list: CatalogList, row: ListRow): RowHash {
  const record =
    list === 'registry'
      ? registryRecords(row as RegistryImageRow, 0)[0]
      : hostRecord(row as LocalImageRow, 0);
  if (!record) throw new RangeError('A row is one record at least');
  return rowHash(list, record);
}

/** All records that the row of this one stands for, with the images that they belong to. */
function expand({ row, readAt }: RegistryRecord): Keyed<RegistryRecord>[] {
  return registryRecords({ ...row, entries: [] }, readAt);
}

function without<Record extends { rowKey: string }>(records: readonly Record[], rowKey: string): Record[] {
  return records.filter((record) => record.rowKey !== rowKey);
}

function isSame(a: RegistryRecord, b: RegistryRecord): boolean {
  return a.variantOf === b.variantOf && stringifyJson(a.row) === stringifyJson(b.row);
}
