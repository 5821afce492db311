import type { LoadedBlock } from '../../endpoints/lists/list-reader.js';
import { parseJson, stringifyJson } from '../../json/lossless.js';
import type { Clock } from '../../time/clock.js';
import { encodeForLog, decodeFromLog } from '../log/log-codec.js';
import type { CatalogList } from '../model/change-set.js';
import type { CatalogReader } from '../model/reader.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ContentPart, ContentQueue } from './content-queue.js';
import type { ListRow } from './change-set-builder.js';
import type { RecentReads } from './recent-reads.js';

/** What a consumer's call brought, as it travels to the instance that syncs. */
export type ConsumerRead =
  | { list: CatalogList; rows: ListRow[]; fetchedAt: number; total: number | null }
  | { part: ContentPart; imageId: string };

const lists: Partial<Record<string, CatalogList>> = {
  ListRegistryImages: 'registry',
  ListImageLocal: 'local',
};
const contents: Partial<Record<string, ContentPart>> = {
  ListImageBasicImage: 'baseOs',
  ListImageFiles: 'files',
};
/** What says where to look and in which order, not what to leave out. */
const noFilters = new Set(['enterprise_project_id', 'sort_key', 'sort_dir']);

/** @returns undefined for what the catalog is not made of: rows of another enterprise project, some files of an image. */
export function readsIn(
  block: LoadedBlock,
  enterpriseProjectId: string | undefined,
): ConsumerRead | undefined {
  const { api, query, path, rows, fetchedAt, total } = block;
  if (query['enterprise_project_id'] !== enterpriseProjectId) return undefined;
  const list = lists[api];
  if (list) {
    const isWhole = Object.entries(query).every(
      ([name, value]) => value === undefined || noFilters.has(name),
    );
    const whole = isWhole && total !== null ? Number(total) : null;
    return { list, rows: rows as ListRow[], fetchedAt, total: whole };
  }
  const part = contents[api];
  const [imageId] = path;
  const isPart = query['file_name'] !== undefined || query['os_name'] !== undefined;
  return part && imageId !== undefined && !isPart ? { part, imageId } : undefined;
}

/** Takes what consumers' own calls brought, on this instance or another, into the catalog. */
export class ConsumerReads {
  constructor(
    private readonly catalog: CatalogReader,
    private readonly commits: ChangeCommitter,
    private readonly recent: RecentReads,
    private readonly queue: ContentQueue,
    private readonly clock: Clock,
  ) {}

  /** @throws Fenced */
  async take(news: ConsumerRead): Promise<void> {
    // What was read is in the cache: the catalog reads it from there, and asks for what is missing.
    if ('part' in news) {
      for (const key of this.catalog.keysOf(news.imageId)) this.queue.hint(key, news.part);
      return;
    }
    const { list, rows, total } = news;
    // By the clock of who read it: what seems to come from the future would outdo all that is read until then.
    const fetchedAt = Math.min(news.fetchedAt, this.clock.now());
    if (!this.recent.reachesBackTo(fetchedAt)) return;
    await this.commits.commit((draft) => {
      for (const row of rows) draft.upsert(list, row, fetchedAt);
      if (total !== null) draft.sync[list].total = total;
    });
  }
}

export function packReads(news: ConsumerRead): Promise<Buffer> {
  return encodeForLog(Buffer.from(stringifyJson(news)));
}

export async function unpackReads(bytes: Buffer): Promise<ConsumerRead | undefined> {
  const text = await decodeFromLog(bytes);
  return text && (parseJson(text.toString()) as ConsumerRead);
}
