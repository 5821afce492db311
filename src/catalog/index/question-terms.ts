import { LRUCache } from 'lru-cache';
import type { Namespaces } from '../../domain/namespaces.js';
import type { ImageFilter } from '../model/catalog-query.js';
import type { Rows } from './documents/rows.js';
import { filePartsOf } from './queries/file-match.js';
import type { Terms } from './queries/filter-sql.js';
import { askJoinedHosts, JoinedHosts } from './queries/joined-hosts.js';
import type { SeenPlaces } from './queries/seen-sql.js';
import type { Slices } from './slices.js';
import type { TableReader } from './tables/engine.js';
import type { Vocabulary } from './words/vocabulary.js';

/** Pages of one walk ask for the same version again and again. */
const mostJoinedHosts = 20;

/** Collects what the SQL of a question needs beside the tables: the words, ids and hosts of one history. */
export class QuestionTerms {
  /** The joined hosts of the latest versions that a question named, by version and namespaces. */
  readonly #joinedHosts = new LRUCache<string, JoinedHosts>({ max: mostJoinedHosts });

  constructor(
    private readonly rows: Rows,
    private readonly vocabulary: Vocabulary,
  ) {}

  /**
   * The terms of a question about a version, which the caller holds. `asksForHost`: the question is about hosts.
   * @param namespaces those that the asker sees. Null: all.
   */
  async of(
    tables: TableReader,
    { filter, version }: { filter: ImageFilter; version: number },
    asksForHost: boolean,
    namespaces: Namespaces | null,
    slices: Slices,
  ): Promise<Terms> {
    const { vocabulary, rows } = this;
    const seen = namespaces && vocabulary.combinations.placesSeen(namespaces);
    const joinedHosts = asksForHost
      ? await this.#joinedHostsOf(tables, version, seen, namespaces)
      : new JoinedHosts([], vocabulary);
    const parts = filePartsOf(filter);
    const contentsFound =
      parts.length === 0 ? undefined : await rows.contentFiles.having(parts, vocabulary.files, slices);
    return { vocabulary, ids: rows.idsFor(namespaces), joinedHosts, seen, contentsFound };
  }

  async #joinedHostsOf(
    tables: TableReader,
    version: number,
    seen: SeenPlaces,
    namespaces: Namespaces | null,
  ): Promise<JoinedHosts> {
    const key = `${version} ${namespaces?.key ?? ''}`;
    const known = this.#joinedHosts.get(key);
    if (known) return known;
    const joined = await askJoinedHosts(tables, this.vocabulary, version, seen);
    this.#joinedHosts.set(key, joined);
    return joined;
  }
}
