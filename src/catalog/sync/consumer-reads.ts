/**
 * Takes into the catalog what consumers' own calls of HSS read, on this instance or on another one. FleetSync and
 * SoleSync listen for such reads. Nothing in this file calls HSS.
 */
import type { LoadedBlock } from '../../endpoints/lists/list-reader.js';
import { parseJson, stringifyJson } from '../../json/lossless.js';
import type { Clock } from '../../time/clock.js';
import { encodeForLog, decodeFromLog } from '../log/log-codec.js';
import { rowHash, type RowHash } from '../model/row-hash.js';
import type { CatalogList } from '../model/sync-state.js';
import type { CatalogReader } from '../model/reader.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ContentPart } from '../model/documents.js';
import type { ContentQueue } from './content-queue.js';
import type { ChangeSetBuilder, ListRow } from './change-set-builder.js';
import { noteTotal } from './count-check.js';
import type { RecentReads } from './recent-reads.js';

/** Rows or content that a consumer's call read, in the form that travels to the syncing instance. */
export type ConsumerRead =
  | {
      list: CatalogList;
      rows: ListRow[];
      fetchedAt: number;
      total: number | null;
      generation?: number;
      /** The rows are all registry rows of this name. */
      named?: RegistryName;
    }
  | { part: ContentPart; imageId: string };

/** Without a tag: the rows of all tags. */
interface RegistryName {
  namespace: string;
  name: string;
  tag?: string;
}

const lists: Partial<Record<string, CatalogList>> = {
  ListRegistryImages: 'registry',
  ListImageLocal: 'local',
};
const contents: Partial<Record<string, ContentPart>> = {
  ListImageBasicImage: 'baseOs',
  ListImageFiles: 'files',
};
/** Parameters that choose the project or the order of the rows, but leave no row out. */
const noFilters = new Set(['enterprise_project_id', 'sort_key', 'sort_dir']);

const nameFilters = new Set([...noFilters, 'namespace', 'image_name', 'image_version']);

/**
 * @returns undefined for a block that the catalog does not use: rows of another enterprise project, or only a
 * part of an image's files or layers.
 */
export function consumerReadOf(
  block: LoadedBlock,
  enterpriseProjectId: string | undefined,
): ConsumerRead | undefined {
  const { api, query, path, rows, fetchedAt, total, generation } = block;
  if (query['enterprise_project_id'] !== enterpriseProjectId) return undefined;
  const list = lists[api];
  if (list) {
    const isWhole = Object.entries(query).every(
      ([name, value]) => value === undefined || noFilters.has(name),
    );
    const totalOfAll = isWhole && total !== null ? Number(total) : null;
    const named = list === 'registry' ? nameOf(block) : undefined;
    const read = { list, rows: rows as ListRow[], fetchedAt, total: totalOfAll, generation };
    return named ? { ...read, named } : read;
  }
  const part = contents[api];
  const [imageId] = path;
  const isPart = query['file_name'] !== undefined || query['os_name'] !== undefined;
  return part && imageId !== undefined && !isPart ? { part, imageId } : undefined;
}

/** @returns the name when the block has all rows of one name, and no other filter has left a row out. */
function nameOf({ query, rows, offset, total }: LoadedBlock): RegistryName | undefined {
  const { namespace, image_name: name, image_version: tag } = query;
  if (namespace === undefined || name === undefined || offset > 0) return undefined;
  if (total === null || rows.length < total) return undefined;
  const others = Object.keys(query).filter((each) => query[each] !== undefined && !nameFilters.has(each));
  return others.length === 0 ? { namespace, name, ...(tag === undefined ? {} : { tag }) } : undefined;
}

type ListRead = Extract<ConsumerRead, { list: CatalogList }>;

/** A step cannot be written while Redis is away. Of the reads that wait meanwhile, the newest ones are kept. */
const mostWaiting = 20;

export class ConsumerReads {
  readonly #waiting: ListRead[] = [];
  #taking: Promise<void> | undefined;

  constructor(
    private readonly catalog: CatalogReader,
    private readonly committer: ChangeCommitter,
    private readonly recent: RecentReads,
    private readonly queue: ContentQueue,
    private readonly clock: Clock,
  ) {}

  /**
   * Never throws: a read that is lost is read again by a walk. Resolves when no read waits any more.
   */
  async take(read: ConsumerRead): Promise<void> {
    // The content is in the cache. The content sync reads it from the cache and asks HSS only for the missing blocks.
    if ('part' in read) {
      for (const key of this.catalog.keysOf(read.imageId)) this.queue.hint(key, read.part);
      return;
    }
    // `fetchedAt` is a time of another instance's clock. A time in the future would win over all reads until that
    // time.
    const fetchedAt = Math.min(read.fetchedAt, this.clock.now());
    if (!this.recent.reachesBackTo(fetchedAt)) return;
    this.#waiting.push({ ...read, fetchedAt });
    if (this.#waiting.length > mostWaiting) this.#waiting.shift();
    await (this.#taking ??= this.#takeAll().finally(() => (this.#taking = undefined)));
  }

  async #takeAll(): Promise<void> {
    for (let read = this.#waiting.shift(); read; read = this.#waiting.shift())
      await this.#commit(read).catch(() => undefined);
  }

  async #commit(read: ListRead): Promise<void> {
    // An instance of release 0.1 tells no generation.
    const { list, rows, total, named, fetchedAt, generation = 0 } = read;
    await this.committer.commit((builder) => {
      const purged = this.committer.purgedSince(generation);
      const met = new Set(rows.map((row) => builder.upsert(list, row, fetchedAt, purged)));
      if (named) this.#removeOthers(builder, named, met, fetchedAt);
      if (total !== null) noteTotal(builder.sync[list], total, fetchedAt);
    });
  }

  /** HSS has shown all rows of the name: another row of this name is gone, or its tag has moved. */
  #removeOthers(
    builder: ChangeSetBuilder,
    named: RegistryName,
    met: ReadonlySet<RowHash>,
    fetchedAt: number,
  ): void {
    const { namespace, name, tag } = named;
    for (const key of this.catalog.keysNamed(named))
      for (const { rowKey, variantOf, row } of builder.document(key)?.entries ?? []) {
        const isNamed =
          row.namespace === namespace && row.name === name && (tag === undefined || row.tag === tag);
        const hash = rowHash('registry', { key, rowKey });
        const isOlder = (this.recent.at(hash) ?? 0) <= fetchedAt;
        if (variantOf === null && isNamed && !met.has(hash) && isOlder)
          builder.remove('registry', key, rowKey, fetchedAt);
      }
  }
}

export function encodeRead(read: ConsumerRead): Promise<Buffer> {
  return encodeForLog(Buffer.from(stringifyJson(read)));
}

/** @returns undefined for bytes that cannot be read. */
export async function decodeRead(bytes: Buffer): Promise<ConsumerRead | undefined> {
  const text = await decodeFromLog(bytes);
  return text && (parseJson(text.toString()) as ConsumerRead);
}
