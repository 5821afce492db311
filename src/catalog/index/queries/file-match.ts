import type { ImageFileRow } from '../../../endpoints/image-files/image-file.row.js';
import type { ImageFilter } from '../../model/catalog-query.js';
import { fileTexts, type FilePart } from '../words/file-texts.js';
import { fold } from '../words/fold.js';

// What a filter on files matches. ContentFiles finds the images; the test of one file finds the files of an image that
// is shown.

/** The parts that one file must hold. None: the filter does not ask for files. */
export function filePartsOf({ fileName, filePath }: ImageFilter): FilePart[] {
  const parts: FilePart[] = [];
  if (fileName !== undefined) parts.push([fileName.includes('/') ? 'wholePath' : 'name', fold(fileName)]);
  if (filePath !== undefined) parts.push(['path', fold(filePath)]);
  return parts;
}

/** The test of one file. */
export function matchesFile(filter: ImageFilter): (file: ImageFileRow) => boolean {
  const parts = filePartsOf(filter);
  return (file) => parts.every(([text, part]) => fileTexts[text](file).includes(part));
}
