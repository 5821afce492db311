/**
 * Takes into the catalog what consumers' own calls of HSS read, on this instance or on another one. FleetSync and
 * SoleSync listen for such reads. Nothing in this file calls HSS.
 */
import type { LoadedBlock } from '../../endpoints/lists/list-reader.js';
import { parseJson, stringifyJson } from '../../json/lossless.js';
import type { Clock } from '../../time/clock.js';
import { encodeForLog, decodeFromLog } from '../log/log-codec.js';
import type { CatalogList } from '../model/sync-state.js';
import type { CatalogReader } from '../model/reader.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ContentPart, ContentQueue } from './content-queue.js';
import type { ListRow } from './change-set-builder.js';
import type { RecentReads } from './recent-reads.js';

/** Rows or content that a consumer's call read, in the form that travels to the syncing instance. */
export type ConsumerRead =
  | { list: CatalogList; rows: ListRow[]; fetchedAt: number; total: number | null; generation?: number }
  | { part: ContentPart; imageId: string };

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
    return { list, rows: rows as ListRow[], fetchedAt, total: totalOfAll, generation };
  }
  const part = contents[api];
  const [imageId] = path;
  const isPart = query['file_name'] !== undefined || query['os_name'] !== undefined;
  return part && imageId !== undefined && !isPart ? { part, imageId } : undefined;
}

export class ConsumerReads {
  constructor(
    private readonly catalog: CatalogReader,
    private readonly committer: ChangeCommitter,
    private readonly recent: RecentReads,
    private readonly queue: ContentQueue,
    private readonly clock: Clock,
  ) {}

  /** @throws Fenced */
  async take(read: ConsumerRead): Promise<void> {
    // The content is in the cache. The content sync reads it from the cache and asks HSS only for the missing blocks.
    if ('part' in read) {
      for (const key of this.catalog.keysOf(read.imageId)) this.queue.hint(key, read.part);
      return;
    }
    // An instance of release 0.1 tells no generation.
    const { list, rows, total, generation = 0 } = read;
    // `fetchedAt` is a time of another instance's clock. A time in the future would win over all reads until that
    // time.
    const fetchedAt = Math.min(read.fetchedAt, this.clock.now());
    if (!this.recent.reachesBackTo(fetchedAt)) return;
    await this.committer.commit((builder) => {
      const purged = this.committer.purgedSince(generation);
      for (const row of rows) builder.upsert(list, row, fetchedAt, purged);
      if (total !== null) builder.sync[list].total = total;
    });
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
