import type { Namespaces } from '../../domain/namespaces.js';
import {
  asksForContent,
  asksForHost,
  type HostQuery,
  type ImageFilter,
  type ImageQuery,
  type Match,
} from '../model/catalog-query.js';
import type { HostPage, ImagePage, MatchingHost } from '../model/reader.js';
import type { Row } from './documents/row.js';
import type { Showing, ShownImages } from './documents/shown-images.js';
import type { History } from './history.js';
import { Matches } from './matches.js';
import type { JoinedHosts } from './queries/joined-hosts.js';
import { askAll, askHosts, askImages } from './queries/questions.js';
import { RelatedRows } from './related-rows.js';
import type { Slices } from './slices.js';
import type { TableReader } from './tables/engine.js';

// Finds row numbers by queries and shows the images of these rows: a page of images, a page of hosts, all rows. The
// index holds the version meanwhile.

/** How an answer shows images. */
export interface View {
  shown: ShownImages;
  showing: Showing;
  slices: Slices;
}

export async function pageOfImages(
  history: History,
  tables: TableReader,
  query: ImageQuery,
  { shown, showing, slices }: View,
): Promise<ImagePage> {
  const { namespaces } = showing;
  const terms = await history.terms.of(tables, query, asksForHost(query.filter), namespaces, slices);
  const { nums, last, known, open } = await askImages(tables, terms, query);
  const matches = new Matches(query.filter, terms.joinedHosts);
  const items = await shown.all(history.rows.at(nums), matches.image, slices, showing);
  return {
    items,
    total: query.match === 'known' ? known : open,
    unknown: asksForContent(query.filter) ? open : null,
    last,
  };
}

export async function pageOfHosts(
  history: History,
  tables: TableReader,
  query: HostQuery,
  { shown, showing, slices }: View,
): Promise<HostPage> {
  const { namespaces } = showing;
  const terms = await history.terms.of(tables, query, true, namespaces, slices);
  // Hosts can name an architecture in the place of the asked image, and the other way round.
  const ids = new RelatedRows(history.rows, query.version, namespaces);
  const { hosts, total, pairs, open } = await askHosts(tables, { ...terms, ids }, query);
  const matches = new Matches(query.filter, terms.joinedHosts, ids);
  // Many hosts have the same images.
  const nums = [...new Set(hosts.flatMap(({ images }) => images.map(({ num }) => num)))];
  const found = await shown.all(history.rows.at(nums), matches.withFiles, slices, showing);
  const images = new Map(nums.map((num, at) => [num, found[at]]));
  const items: MatchingHost[] = [];
  for (const host of hosts) {
    items.push(matches.host(host, history.vocabulary.hosts.textOf(host.host), images));
    if (slices.isOver) await slices.next();
  }
  return { items, total, pairs, unknown: asksForContent(query.filter) ? open : null };
}

/** @param related finds the rows of an asked image in place of its own id, in questions about hosts. */
export async function allRows(
  history: History,
  tables: TableReader,
  query: { filter: ImageFilter; match: Match; version: number },
  namespaces: Namespaces | null,
  slices: Slices,
  related?: RelatedRows,
): Promise<{ rows: Row[]; joinedHosts: JoinedHosts }> {
  const { filter, match, version } = query;
  const terms = await history.terms.of(tables, query, true, namespaces, slices);
  const nums = await askAll(tables, { ...terms, ids: related ?? terms.ids }, filter, match, version);
  return { rows: history.rows.at(nums), joinedHosts: terms.joinedHosts };
}
