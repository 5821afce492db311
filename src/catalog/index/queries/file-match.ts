import type { ImageFilter } from '../../model/catalog-query.js';
import { fold } from '../words/fold.js';
import type { Bindings } from './bindings.js';

// What a filter on files matches.

/** The conditions on rows of `files`. One file must meet all of them. */
export function fileConditions({ fileName, filePath }: ImageFilter, bindings: Bindings): string[] {
  const conditions: string[] = [];
  const part = (of: string, text: string) =>
    conditions.push(`contains(${of}, ${bindings.add(fold(text), 'VARCHAR')})`);
  if (fileName !== undefined) part(fileName.includes('/') ? wholePath : 'name', fileName);
  if (filePath !== undefined) part('path', filePath);
  return conditions;
}

/** HSS ends most directories with a slash. */
const wholePath = "path || CASE WHEN path = '' OR ends_with(path, '/') THEN '' ELSE '/' END || name";
