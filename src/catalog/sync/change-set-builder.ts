/**
 * Builds the catalog's next change set: folds rows of HSS and contents of images into the known documents. The change
 * committer fills one builder for each step. A row that equals the known row, or is older, changes no document. The
 * builder never reads HSS and never writes the store.
 */
import type { LocalImageRow } from '../../endpoints/local-images/local-image.row.js';
import type { RegistryImageRow } from '../../endpoints/registry-images/registry-image.row.js';
import { isAhead } from '../../cache/entry.js';
import { stringifyJson } from '../../json/lossless.js';
import { dataVersionOf, hasData, type ChangeSet } from '../model/change-set.js';
import type { CatalogList, SyncState } from '../model/sync-state.js';
import type { ContentDocument, HostRecord, ImageDocument, RegistryRecord } from '../model/documents.js';
import type { PurgedNames } from '../model/purged-names.js';
import type { CatalogStore } from '../model/reader.js';
import { hostRecord, registryRecords, type Keyed } from '../model/rows.js';
import { isNamedRow, isUnreadRow, withoutPurgedContent, withoutPurgedRows } from '../model/unread.js';
import { changeOf } from './events.js';
import type { RecentReads } from './recent-reads.js';
import { rowHash, type RowHash } from '../model/row-hash.js';

export type Known = Pick<CatalogStore, 'document' | 'content' | 'keysNamed'>;
/** A row of the registry list or of the local list. The name of the list says which. */
export type ListRow = RegistryImageRow | LocalImageRow;

interface ChangedDocument {
  before: ImageDocument | undefined;
  after: ImageDocument;
}

export class ChangeSetBuilder {
  readonly #changed = new Map<string, ChangedDocument>();
  readonly #contents = new Map<string, ContentDocument>();
  readonly #purged = new Set<string>();
  readonly #met = { registry: new Set<RowHash>(), local: new Set<RowHash>() };
  #metAt = Infinity;
  readonly #syncBefore: string;

  constructor(
    private readonly known: Known,
    private readonly recent: RecentReads,
    /** A copy of the known sync state. The caller and the builder change the copy in place. */
    readonly sync: SyncState,
    private readonly now: number,
  ) {
    this.#syncBefore = JSON.stringify(sync);
  }

  document(key: string): ImageDocument | undefined {
    return this.#changed.get(key)?.after ?? this.known.document(key);
  }

  /**
   * @param readAt when HSS was asked.
   * @param purged what was purged after HSS was asked: the values of such a row do not enter the catalog.
   * @returns the hash that names the row in its list.
   */
  upsert(list: CatalogList, row: ListRow, readAt: number, purged?: PurgedNames): RowHash {
    const entries = list === 'registry' ? registryRecords(row as RegistryImageRow, readAt) : [];
    const [record = hostRecord(row as LocalImageRow, readAt)] = entries;
    const hash = rowHash(list, record);
    this.#met[list].add(hash);
    this.#metAt = Math.min(this.#metAt, readAt);
    if (purged && isPurgedRow(list, row, purged)) return hash;
    if ((this.recent.at(hash) ?? 0) > readAt) return hash;
    if (list === 'registry') this.#upsertEntry(entries);
    else this.#upsertHost(record as Keyed<HostRecord>);
    this.recent.note(hash, readAt);
    return hash;
  }

  /** Takes a row away that HSS does not have any more. */
  remove(list: CatalogList, key: string, rowKey: string, readAt: number): void {
    const document = this.document(key);
    const records = list === 'registry' ? document?.entries : document?.onHosts;
    const record = records?.find((each) => each.rowKey === rowKey);
    if (!document || !record || this.#isNewer(record, readAt)) return;
    if (list === 'local') this.#change(key).onHosts = without(document.onHosts, rowKey);
    else for (const old of expand(record as RegistryRecord)) this.#dropEntry(old);
    this.sync[list].rows -= 1;
    this.recent.note(rowHash(list, { key, rowKey }), readAt);
  }

  put(content: ContentDocument): void {
    this.#contents.set(content.key, content);
  }

  /** Makes unread what the purges name in the image. */
  purge(image: ImageDocument, content: ContentDocument | undefined, names: PurgedNames): void {
    const after = withoutPurgedRows(image, names);
    const left = content && withoutPurgedContent(content, image, names);
    if (after !== image) this.#changed.set(image.key, { before: image, after });
    if (left && left !== content) this.put(left);
    if (after !== image || left !== content) this.#purged.add(image.key);
  }

  /** @returns undefined when nothing differs from the known state. */
  finish(version: number, withEvents: boolean): ChangeSet | undefined {
    const isEmpty = ({ entries, onHosts }: ImageDocument) => entries.length + onHosts.length === 0;
    const changed = [...this.#changed.values()];
    const images = changed.map(({ after }) => after).filter((image) => !isEmpty(image));
    const gone = changed
      .filter(({ before, after }) => before && isEmpty(after))
      .map(({ after }) => after.key);
    const contents = [...this.#contents.values()].filter(({ key }) => !gone.includes(key));
    if (this.#purged.size > 0) this.sync.purges = { upTo: 0, ...this.sync.purges, version };
    const hasDocuments = hasData({ images, gone, contents });
    const outcomes = (withEvents ? changed : []).map(({ before, after }) =>
      changeOf(before, isEmpty(after) ? undefined : after),
    );
    const { registry } = this.#met;
    // The reads of every registry row count. A read of a local row counts only for the running walk.
    const local = this.sync.local.walk ? this.#met.local : [];
    const isRead = registry.size > 0 || hasDocuments;
    if (!isRead && JSON.stringify(this.sync) === this.#syncBefore) return undefined;
    const dataSince = hasDocuments ? version : dataVersionOf({ version: version - 1, sync: this.sync });
    this.sync.data = { upTo: version, version: dataSince };
    return {
      version,
      at: this.now,
      images,
      gone,
      contents,
      events: outcomes.flatMap(({ events }) => events),
      changes: outcomes.flatMap(({ change }) => change ?? []),
      seen: { registry: [...registry], local: [...local] },
      ...(this.#metAt === Infinity ? {} : { seenAt: this.#metAt }),
      sync: this.sync,
      ...(this.#purged.size > 0 ? { purged: [...this.#purged] } : {}),
    };
  }

  #upsertEntry(records: Keyed<RegistryRecord>[]): void {
    const [main] = records;
    if (!main) return;
    const old = this.#knownEntry(main);
    if (old && this.#isNewer(old, main.readAt)) return;
    // An architecture may be gone, and the tag may have moved to another image. So the builder drops every entry of
    // the old row that the new row does not name.
    const kept = new Set(records.map(({ key, rowKey }) => `${rowKey} ${key}`));
    for (const record of old ? expand(old) : [])
      if (!kept.has(`${record.rowKey} ${record.key}`)) this.#dropEntry(record);
    for (const { key, ...record } of records) {
      const held = this.document(key)?.entries.find(({ rowKey }) => rowKey === record.rowKey);
      if (held && isSame(held, record) && !isAhead(held.readAt, this.now)) continue;
      const document = this.#change(key);
      const joinedAt = held ? held.appearedAt : this.#joinsAt(document);
      const joined = joinedAt === undefined ? record : { ...record, appearedAt: joinedAt };
      document.entries = [...without(document.entries, record.rowKey), joined];
    }
    if (!old) this.sync.registry.rows += 1;
  }

  /** A time in the future was told before the clock was set back, and no read is older. */
  #isNewer(held: RegistryRecord | HostRecord, readAt: number): boolean {
    return held.readAt > readAt && !isAhead(held.readAt, this.now);
  }

  /** A consumer that sees this row only must not learn since when other rows tell of the image. */
  #joinsAt({ entries, onHosts }: ImageDocument): number | undefined {
    return entries.length + onHosts.length > 0 ? this.now : undefined;
  }

  /** Finds the known record of this row under any image: the row's tag may have moved from one image to another. */
  #knownEntry({ key, rowKey, row }: Keyed<RegistryRecord>): RegistryRecord | undefined {
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
    if (held && this.#isNewer(held, record.readAt)) return;
    if (held && isSameRow(held, record) && !isAhead(held.readAt, this.now)) return;
    const document = this.#change(key);
    document.onHosts = [...without(document.onHosts, record.rowKey), record];
    if (!held) this.sync.local.rows += 1;
  }

  #dropEntry({ key, rowKey }: Keyed<RegistryRecord>): void {
    if (!this.document(key)?.entries.some((entry) => entry.rowKey === rowKey)) return;
    const document = this.#change(key);
    document.entries = without(document.entries, rowKey);
  }

  /** @returns the document to change in place. */
  #change(key: string): ImageDocument {
    const known = this.#changed.get(key);
    if (known) return known.after;
    const before = this.known.document(key);
    const after = this.#copy(key, before);
    this.#changed.set(key, { before, after });
    return after;
  }

  #copy(key: string, before: ImageDocument | undefined): ImageDocument {
    if (before) return { ...before };
    this.sync.lastSerial += 1;
    return { key, serial: this.sync.lastSerial, appearedAt: this.now, entries: [], onHosts: [] };
  }
}

/** All records that this record's row stands for, each with the key of its image. */
function expand({ row, readAt }: RegistryRecord): Keyed<RegistryRecord>[] {
  return registryRecords({ ...row, entries: [] }, readAt);
}

function without<Record extends { rowKey: string }>(records: readonly Record[], rowKey: string): Record[] {
  return records.filter((record) => record.rowKey !== rowKey);
}

function isSame(held: RegistryRecord, record: RegistryRecord): boolean {
  return held.variantOf === record.variantOf && isSameRow(held, record);
}

/** An unread row can look like a row of an image that was never scanned. */
function isSameRow<Held extends RegistryRecord | HostRecord>(held: Held, record: Held): boolean {
  return !isUnreadRow(held) && stringifyJson(held.row) === stringifyJson(record.row);
}

function isPurgedRow(list: CatalogList, row: ListRow, { lists, images }: PurgedNames): boolean {
  const variants = 'variants' in row ? row.variants : [];
  return lists.has(list) || [row, ...variants].some((each) => isNamedRow(each, images));
}
