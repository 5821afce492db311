import { wholePathOf, type ImageFileRow } from '../../../endpoints/image-files/image-file.row.js';
import type { ImageFilter } from '../../model/catalog-query.js';
import { fold } from '../words/fold.js';
import type { Bindings } from './bindings.js';

// What a filter on files matches, twice: as conditions of SQL, which find the images, and as a test of one file, which
// finds the files of an image that is shown. Both must agree.

/** A text of a file that a filter compares with a part: in the table `files`, which holds folded texts, and in a row. */
interface FileText {
  sql: string;
  of(file: ImageFileRow): string;
}

const name: FileText = { sql: 'name', of: (file) => folded(file.name) };
const path: FileText = { sql: 'path', of: (file) => folded(file.path) };
const wholePath: FileText = {
  // HSS ends most directories with a slash.
  sql: "path || CASE WHEN path = '' OR ends_with(path, '/') THEN '' ELSE '/' END || name",
  of: (file) => wholePathOf({ path: folded(file.path), name: folded(file.name) }),
};

/** The conditions on rows of `files`. One file must meet all of them. */
export function fileConditions(filter: ImageFilter, bindings: Bindings): string[] {
  return partsOf(filter).map(([{ sql }, part]) => `contains(${sql}, ${bindings.add(part, 'VARCHAR')})`);
}

/** The test of one file. */
export function matchesFile(filter: ImageFilter): (file: ImageFileRow) => boolean {
  const parts = partsOf(filter);
  return (file) => parts.every(([text, part]) => text.of(file).includes(part));
}

function partsOf({ fileName, filePath }: ImageFilter): [FileText, part: string][] {
  const parts: [FileText, string][] = [];
  if (fileName !== undefined) parts.push([fileName.includes('/') ? wholePath : name, fold(fileName)]);
  if (filePath !== undefined) parts.push([path, fold(filePath)]);
  return parts;
}

function folded(text: string | null): string {
  return text === null ? '' : fold(text);
}
