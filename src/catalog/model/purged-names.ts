/**
 * What purges name in the catalog. The cache numbers purges by generations and names them by tags; this file tells
 * what a tag means for rows and content.
 */
import { plainDigest } from '../../domain/digest.js';
import type { ContentPart } from './documents.js';
import type { CatalogList, SyncState } from './sync-state.js';

/** Everything that some purges name. */
export interface PurgedNames {
  /** Number of the last of these purges. */
  generation: number;
  /** Lists whose rows are all named. */
  lists: ReadonlySet<CatalogList>;
  /** Parts of content that are named for all images. */
  contents: ReadonlySet<ContentPart>;
  /** Ids and digests of named images, without `sha256:`. */
  images: ReadonlySet<string>;
}

/** The purges that this instance knows, as the cache numbers them. */
export interface PurgeSource {
  readonly generation: number;
  tagsAfter(generation: number): string[];
  onLearned(listener: () => void): () => void;
}

/** What the tags of whole lists name. All other tags of the cache name images, projects or single keys. */
const namedBy = new Map<string, { list?: CatalogList; part?: ContentPart }>([
  ['list:registry-images', { list: 'registry' }],
  ['list:local-images', { list: 'local' }],
  ['list:base-images', { part: 'baseOs' }],
  ['list:image-files', { part: 'files' }],
]);
const imagePrefix = 'image:';

export function namesNothing({ lists, contents, images }: PurgedNames): boolean {
  return lists.size + contents.size + images.size === 0;
}

/** The purges as far as they concern one catalog. */
export class CatalogPurges {
  readonly #startedAt: number;
  readonly #wholeCatalog: ReadonlySet<string>;
  /** The last result, since every read of an image asks. */
  #last: { from: number; to: number; names: PurgedNames } | undefined;

  /** @param projects the ids of the project and of the enterprise project that the catalog holds. */
  constructor(
    private readonly source: PurgeSource,
    projects: readonly string[],
  ) {
    this.#startedAt = source.generation;
    this.#wholeCatalog = new Set(['all', ...projects.map((project) => `project:${project}`)]);
  }

  /** Number of the last purge that this instance knows. */
  get generation(): number {
    return this.source.generation;
  }

  /** Purges before this one do not concern a catalog that says nothing about purges. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** What the purges name that a catalog in this state does not contain yet. */
  pending({ purges }: SyncState): PurgedNames {
    return this.since(purges?.upTo ?? this.#startedAt);
  }

  /** What the purges after this one name. */
  since(from: number): PurgedNames {
    const to = this.source.generation;
    if (this.#last?.from === from && this.#last.to === to) return this.#last.names;
    const names = namesOf(this.source.tagsAfter(from), this.#wholeCatalog, to);
    this.#last = { from, to, names };
    return names;
  }

  /** What a purge of this tag would name. */
  named(tag: string): PurgedNames {
    return namesOf([tag], this.#wholeCatalog, this.generation);
  }

  onLearned(listener: () => void): () => void {
    return this.source.onLearned(listener);
  }
}

function namesOf(
  tags: readonly string[],
  wholeCatalog: ReadonlySet<string>,
  generation: number,
): PurgedNames {
  const lists = new Set<CatalogList>();
  const contents = new Set<ContentPart>();
  const images = new Set<string>();
  const add = ({ list, part }: { list?: CatalogList; part?: ContentPart }) => {
    if (list) lists.add(list);
    if (part) contents.add(part);
  };
  for (const tag of tags) {
    if (wholeCatalog.has(tag)) for (const named of namedBy.values()) add(named);
    else if (tag.startsWith(imagePrefix)) images.add(plainDigest(tag.slice(imagePrefix.length)));
    else add(namedBy.get(tag) ?? {});
  }
  return { generation, lists, contents, images };
}
