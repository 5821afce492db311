import type { ImageName } from './image-names.js';
import type { PartCoverage, RowPlace } from './image-places.js';
import type { StoredContent } from './stored-content.js';

/** One state of an image. Each state has one row in the table `images`. */
export interface Row {
  num: number;
  key: string;
  /** The block that the document lies in, and the document's index there. */
  block: Buffer;
  at: number;
  content: StoredContent | undefined;
  imageNames: ImageName[];
  ids: string[];
  newWords: readonly string[];
  /** The first version to which the row belongs. The same on every instance. */
  since: number;
  /** The first version to which the row no longer belongs. Infinity while the row belongs to the newest version. */
  until: number;
  /** How the parts of the content count in the coverage. */
  baseOs: PartCoverage;
  files: PartCoverage;
  places: readonly RowPlace[];
}

/** The numbers of the rows' contents. */
export function contentsOf(rows: Iterable<Row>): Set<number> {
  const contents = new Set<number>();
  for (const { content } of rows) if (content) contents.add(content.state.num);
  return contents;
}
