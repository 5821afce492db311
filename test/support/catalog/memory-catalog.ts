import type { ChangeSet } from '../../../src/catalog/model/change-set.js';
import { type SyncState, notSynced } from '../../../src/catalog/model/sync-state.js';
import { contentOutlooks, coverageOf } from '../../../src/catalog/model/content-outlook.js';
import { derive } from '../../../src/catalog/model/derive.js';
import type { ContentDocument, ImageDocument, RegistryRecord } from '../../../src/catalog/model/documents.js';
import type { CatalogState, CatalogStore, WholeImage } from '../../../src/catalog/model/reader.js';
import { hostsWithRelatives } from '../../../src/catalog/model/related-hosts.js';
import type { Namespaces } from '../../../src/domain/namespaces.js';
import { plainDigest } from '../../../src/domain/digest.js';
import { parseJson, stringifyJson } from '../../../src/json/lossless.js';

interface State {
  images: Map<string, ImageDocument>;
  contents: Map<string, ContentDocument>;
}

/** Images of one slice or piece. */
const sliceImages = 100;

/** A store in plain Maps, for tests of the sync and the log. Questions of consumers throw. */
export class MemoryCatalog implements CatalogStore {
  version = 0;
  dataVersion = 0;
  epoch = '';
  changedAt = 0;
  sync: SyncState = notSynced;
  readonly purges = { known: 0, isPending: false, hasUnreadList: false };
  /** All applied steps. */
  readonly applied: ChangeSet[] = [];
  #state: State = { images: new Map(), contents: new Map() };
  /** All images that ever had a name, by name. */
  readonly #named = new Map<string, Set<string>>();

  apply(changes: ChangeSet): Promise<void> {
    if (changes.version !== this.version + 1)
      return Promise.reject(new RangeError(`${changes.version} does not follow ${this.version}`));
    for (const key of changes.gone)
      for (const map of Object.values(this.#state) as Map<string, unknown>[]) map.delete(key);
    this.#put(this.#state, changes);
    const { version, at, sync } = changes;
    Object.assign(this, { version, dataVersion: version, changedAt: at, sync });
    this.applied.push(changes);
    return Promise.resolve();
  }

  async load(
    epoch: string,
    snapshot: AsyncIterable<Buffer>,
    { version, at, sync }: Pick<ChangeSet, 'version' | 'at' | 'sync'>,
  ): Promise<void> {
    const state: State = { images: new Map(), contents: new Map() };
    for await (const chunk of snapshot)
      this.#put(state, parseJson(chunk.toString()) as Pick<ChangeSet, 'images' | 'contents'>);
    this.#state = state;
    Object.assign(this, { epoch, version, dataVersion: version, changedAt: at, sync });
  }

  seenBy(namespaces: Namespaces | null): this {
    if (namespaces) throw new Error('Questions of consumers need the index');
    return this;
  }

  hasNewWord(): boolean {
    return false;
  }

  stateOf(): CatalogState {
    return this;
  }

  /** A snapshot in pieces of a hundred images. */
  async *snapshot(): AsyncGenerator<Buffer> {
    const keys = [...this.#state.images.keys()];
    for (let from = 0; from < keys.length; from += sliceImages) {
      const some = keys.slice(from, from + sliceImages);
      const images = some.map((key) => this.document(key));
      const contents = some.flatMap((key) => this.content(key) ?? []);
      yield await Promise.resolve(Buffer.from(stringifyJson({ images, contents })));
    }
  }

  beginEpoch(epoch: string): void {
    this.epoch = epoch;
  }

  async *documents(): AsyncGenerator<{ image: ImageDocument; content: ContentDocument | undefined }[]> {
    const keys = [...this.#state.images.keys()];
    for (let from = 0; from < keys.length; from += sliceImages) {
      const images = keys.slice(from, from + sliceImages).flatMap((key) => this.document(key) ?? []);
      yield await Promise.resolve(images.map((image) => ({ image, content: this.content(image.key) })));
    }
  }

  registryNames(): string[] {
    const entries = [...this.#state.images.values()].flatMap((image) => image.entries);
    const names = entries.flatMap(({ row }) => [row.registry.name, row.instance.url]);
    return [...new Set(names.filter((name) => name !== null))];
  }

  document(key: string): ImageDocument | undefined {
    return this.#state.images.get(key);
  }

  readAt(_key: string, record: RegistryRecord): number {
    return record.readAt;
  }

  content(key: string): ContentDocument | undefined {
    return this.#state.contents.get(key);
  }

  whole(key: string): WholeImage | undefined {
    const document = this.document(key);
    if (!document) return undefined;
    const { baseOs, files } = this.content(key) ?? { baseOs: null, files: null };
    return {
      document,
      image: derive(document, undefined),
      allHosts: () => hostsWithRelatives(document, this),
      baseOs: () => baseOs,
      notKnown: (part) => this.content(key)?.notKnown?.[part],
      files: () => files && { ...files, total: files.rows.length, rows: () => files.rows },
    };
  }

  keysOf(id: string): string[] {
    const wanted = plainDigest(id);
    return this.#keys(({ row }) => [row.imageId, row.digest].some((each) => plainDigest(each) === wanted));
  }

  keysNamed(named: { registryName?: string; namespace?: string; name: string; tag?: string }): string[] {
    const candidates = this.#named.get(named.name) ?? new Set();
    return this.#keys(
      ({ row }) =>
        Object.entries(named).every(([field, value]) => {
          const found =
            field === 'registryName'
              ? 'registry' in row && row.registry.name
              : (row as unknown as Record<string, unknown>)[field];
          return found === value;
        }),
      candidates,
    );
  }

  coverage() {
    const counted = { baseOs: { known: 0, total: 0 }, files: { known: 0, total: 0 } };
    for (const key of this.#state.images.keys()) {
      const document = this.document(key)!;
      const { scan } = derive(document, undefined);
      const outlooks = contentOutlooks(document, scan, this.content(key));
      for (const part of ['baseOs', 'files'] as const) {
        const coverage = coverageOf(document, outlooks[part]);
        if (coverage !== null) counted[part].total += 1;
        if (coverage === 'known') counted[part].known += 1;
      }
    }
    return counted;
  }

  images = unanswered;
  hosts = unanswered;
  facets = unanswered;
  stream = unanswered;
  streamHosts = unanswered;

  /** Keeps copies, as if the documents had been sent: the caller may change its objects. */
  #put({ images, contents }: State, changes: Pick<ChangeSet, 'images' | 'contents'>): void {
    for (const image of changes.images) {
      images.set(image.key, travelled(image));
      for (const { row } of [...image.entries, ...image.onHosts])
        this.#named.set(row.name ?? '', (this.#named.get(row.name ?? '') ?? new Set()).add(image.key));
    }
    for (const content of changes.contents) contents.set(content.key, travelled(content));
  }

  #keys(
    matches: (record: (ImageDocument['entries'] | ImageDocument['onHosts'])[number]) => boolean,
    among: Iterable<string> = this.#state.images.keys(),
  ): string[] {
    return [...among].filter((key) => {
      const { entries = [], onHosts = [] } = this.document(key) ?? {};
      return entries.some(matches) || onHosts.some(matches);
    });
  }
}

function travelled<Document>(document: Document): Document {
  return parseJson(stringifyJson(document)) as Document;
}

function unanswered(): never {
  throw new Error('This store answers no consumer');
}
