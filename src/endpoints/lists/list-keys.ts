import { plainDigest } from '../../domain/digest.js';
import { projectTag } from './enterprise-project.js';
import type { HssList } from './hss-list.js';

/** The tags of a list with more rows do not name the images: long lists are fresh for a short time only. */
const mostTaggedRows = 20;

/** Names a list of HSS in the cache: the keys of its entries, and the tags by which a purge finds them. */
export class ListKeys {
  /**
   * @param scope keeps projects, credentials and regions apart in the cache. The scope holds no secrets.
   * @param project the id of HSS's project.
   */
  constructor(
    private readonly scope: string,
    private readonly project: string,
  ) {}

  /** The block that starts at row `start`. The cache hashes this text: see src/cache/key-hash.ts. */
  block(list: HssList<unknown>, start: number): string {
    return `${this.#key(list)}@${start}`;
  }

  /** The entry that knows how many rows the list has. */
  end(list: HssList<unknown>): string {
    return `${this.#key(list)}@end`;
  }

  /** `list:KIND`, `project:ID`, `image:DIGEST`. The tags of a long list do not name its images. */
  tags<Row>(list: HssList<Row>, rows: readonly Row[]): string[] {
    const named = list.images && rows.length <= mostTaggedRows ? list.images(rows) : [];
    const images = [list.contentOf ?? null, ...named.flatMap(({ imageId, digest }) => [imageId, digest])];
    const ids = new Set(images.flatMap((id) => plainDigest(id) ?? []));
    return [
      `list:${list.schema.replace(/-\d+$/, '')}`,
      `project:${this.project}`,
      projectTag(list.query['enterprise_project_id']),
      ...[...ids].map((id) => `image:${id}`),
    ];
  }

  /** `scope:schema:path?filters`. The filters have one order; their values are encoded, so no two keys look alike. */
  #key(list: HssList<unknown>): string {
    const query = Object.entries(list.query)
      .filter((pair): pair is [string, string] => pair[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&');
    return `${this.scope}:${list.schema}:${list.path.map(encodeURIComponent).join('/')}?${query}`;
  }
}
