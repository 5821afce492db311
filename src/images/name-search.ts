import { Injectable } from '@nestjs/common';
import type { ReadContext } from '../cache/read-context.js';
import type { Dependency } from '../cache/validity.js';
import type { RowName } from '../catalog/lookup/known-image.js';
import type { Freshness } from '../endpoints/lists/freshness.js';
import type { HssList } from '../endpoints/lists/hss-list.js';
import { ListReader } from '../endpoints/lists/list-reader.js';
import { readBlocks } from '../endpoints/lists/read-blocks.js';
import type { LocalImageRow } from '../endpoints/local-images/local-image.row.js';
import { LocalImagesRequest } from '../endpoints/local-images/local-images.request.js';
import type { RegistryImageRow } from '../endpoints/registry-images/registry-image.row.js';
import { RegistryImagesRequest } from '../endpoints/registry-images/registry-images.request.js';

/** Rows of one name, all of one list of HSS. */
export type NamedRows = { freshness: Freshness } & (
  { list: 'registry'; rows: RegistryImageRow[] } | { list: 'local'; rows: LocalImageRow[] }
);

interface NamedRow {
  name: string | null;
  tag: string | null;
}

/** One name has at most 1,000 tags. If there are more blocks than this, HSS has ignored the filters. */
const mostBlocks = 5;

/** Reads the rows of one name from HSS, through the cache: from the registry list, or from the local list. */
@Injectable()
export class NameSearch {
  constructor(
    private readonly registryImages: RegistryImagesRequest,
    private readonly localImages: LocalImagesRequest,
    private readonly reader: ListReader,
  ) {}

  /** @throws like ListReader.page. */
  async read(
    search: RowName,
    enterpriseProjectId: string | undefined,
    readContext: ReadContext,
  ): Promise<NamedRows> {
    if (search.namespace === undefined) {
      const found = await this.#read(this.#local(search, enterpriseProjectId), search, readContext);
      return { list: 'local', ...found };
    }
    const found = await this.#read(this.#registry(search, enterpriseProjectId), search, readContext);
    return { list: 'registry', ...found };
  }

  /** The rows as the cache holds them, fresh or not, when it holds all of them. Never calls HSS. */
  async held(search: RowName, enterpriseProjectId: string | undefined): Promise<NamedRows | undefined> {
    if (search.namespace === undefined) {
      const held = await this.#held(this.#local(search, enterpriseProjectId), search);
      return held && { list: 'local', ...held };
    }
    const held = await this.#held(this.#registry(search, enterpriseProjectId), search);
    return held && { list: 'registry', ...held };
  }

  /** For an answer that holds until HSS is asked for these rows again. */
  dependencyOn(search: RowName, enterpriseProjectId: string | undefined): Dependency {
    const { namespace } = search;
    return this.reader.dependencyOn(
      namespace === undefined
        ? this.#local(search, enterpriseProjectId)
        : this.#registry(search, enterpriseProjectId),
    );
  }

  async #read<Row extends NamedRow>(list: HssList<Row>, search: RowName, readContext: ReadContext) {
    const { rows, freshness } = await readBlocks(this.reader, list, mostBlocks, readContext);
    return { rows: named(rows, search), freshness };
  }

  async #held<Row extends NamedRow>(list: HssList<Row>, search: RowName) {
    const held = await this.reader.peek(list, { maxStaleMs: Infinity });
    if (!held || held.total === null || held.rows.length < held.total) return undefined;
    return { rows: named(held.rows, search), freshness: held.freshness };
  }

  #registry(search: RowName, enterpriseProjectId: string | undefined): HssList<RegistryImageRow> {
    return this.registryImages.of({ ...search, ...project(enterpriseProjectId) });
  }

  #local({ name, tag }: RowName, enterpriseProjectId: string | undefined): HssList<LocalImageRow> {
    const tagged = tag === undefined ? {} : { tag };
    return this.localImages.of({ name, ...tagged, ...project(enterpriseProjectId) });
  }
}

/** HSS can show more rows: the filter of the local list matches a part of a name. */
function named<Row extends NamedRow>(rows: readonly Row[], search: RowName): Row[] {
  return rows.filter(
    ({ name, tag }) => name === search.name && (search.tag === undefined || tag === search.tag),
  );
}

function project(enterpriseProjectId: string | undefined): { enterpriseProjectId?: string } {
  return enterpriseProjectId === undefined ? {} : { enterpriseProjectId };
}
