import { newEntry, type Entry, type Lifetime } from '../../src/cache/entry.js';

/** Draws the longest possible life. */
const longest = () => 0;

/** An entry of the first generation with the longest lives and no tags, unless `origin` says otherwise. */
export function entryOf<T>(
  value: T,
  fetchedAt: number,
  lifetime: Lifetime,
  origin: Partial<Pick<Entry, 'tags' | 'generation' | 'fence'>> = {},
): Entry<T> {
  return newEntry(value, fetchedAt, lifetime, longest, { tags: [], generation: 0, fence: 1, ...origin });
}
