/**
 * A read of HSS by a consumer's own call, in the form that travels from the instance that read to the instance that
 * syncs. FleetSync sends and receives it, and ConsumerReads takes it into the catalog.
 */
import type { LoadedBlock } from '../../endpoints/lists/list-blocks.js';
import {
  hasFields,
  isCount,
  isListOf,
  isObject,
  isOneOf,
  isText,
  isTime,
  orMissing,
  orNull,
} from '../../json/checks.js';
import { parseJson, stringifyJson } from '../../json/lossless.js';
import { encodeForLog, decodeFromLog } from '../log/log-codec.js';
import { contentParts, type ContentPart } from '../model/documents.js';
import type { CatalogList } from '../model/sync-state.js';
import type { ListRow } from './change-set-builder.js';

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
export interface RegistryName {
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
    const totalOfAll = isUnfiltered(query) && total !== null ? Number(total) : null;
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
  if (!hasOnly(nameFilters, query)) return undefined;
  return { namespace, name, ...(tag === undefined ? {} : { tag }) };
}

/** Whether HSS's answer to these parameters leaves no row out, so that its total is the number of all rows. */
export function isUnfiltered(query: LoadedBlock['query']): boolean {
  return hasOnly(noFilters, query);
}

function hasOnly(names: ReadonlySet<string>, query: LoadedBlock['query']): boolean {
  return Object.entries(query).every(([name, value]) => value === undefined || names.has(name));
}

export function encodeRead(read: ConsumerRead): Promise<Buffer> {
  return encodeForLog(Buffer.from(stringifyJson(read)));
}

const isListRead = hasFields({
  list: isOneOf('registry', 'local'),
  rows: isListOf(isObject),
  fetchedAt: isTime,
  total: orNull(isCount),
  generation: orMissing(isCount),
  named: orMissing(hasFields({ namespace: isText, name: isText, tag: orMissing(isText) })),
});
const isContentRead = hasFields({ part: isOneOf(...contentParts), imageId: isText });

/** @returns undefined for bytes that cannot be read, or that a release with another form has sent. */
export async function decodeRead(bytes: Buffer): Promise<ConsumerRead | undefined> {
  const text = await decodeFromLog(bytes);
  try {
    const read: unknown = text && parseJson(text.toString());
    return isListRead(read) || isContentRead(read) ? (read as ConsumerRead) : undefined;
  } catch {
    return undefined;
  }
}
