import { wholePathOf } from '../../../endpoints/image-files/image-file.row.js';
import { fold } from './fold.js';

interface FileName {
  path: string | null;
  name: string | null;
}

/** The texts of a file that a filter looks into, folded. */
export const fileTexts = {
  name: ({ name }: FileName) => folded(name),
  path: ({ path }: FileName) => folded(path),
  // HSS ends most directories with a slash.
  wholePath: ({ path, name }: FileName) => wholePathOf({ path: folded(path), name: folded(name) }),
};

/** A part that one of a file's texts must hold. The part is folded. */
export type FilePart = readonly [text: keyof typeof fileTexts, part: string];

function folded(text: string | null): string {
  return text === null ? '' : fold(text);
}
