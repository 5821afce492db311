import { newEntry, type Entry, type Lifetime } from '../../src/cache/entry.js';

/** Whole lives. */
const longest = () => 0;

/** An entry of the first generation with whole lives and no tags, unless told otherwise. */
export function entryOf<T>(
  value: T,
  fetchedAt: number,
  lifetime: Lifetime,
  origin: Partial<Pick<Entry, 'tags' | 'generation' | 'fence'>> = {},
): Entry<T> {
  return newEntry(value, fetchedAt, lifetime, longest, { tags: [], generation: 0, fence: 1, ...origin });
}
