/** Where the viewer is: the filters in the address, and the pages of a list behind the back button. */
import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { filtersOf, searchOf, type Filters } from './filters.js';
import { basePath } from './service.js';

export const home = `${basePath}/console`;

export function placeOf(page: string, filters: Filters = {}): string {
  return `${home}/${page}${searchOf(filters)}`;
}

/** The filters of the address, and how to change them. A text that is being typed replaces the entry of the history. */
export function useFilters(page: string): [Filters, (next: Filters, isTyping?: boolean) => void] {
  const { url, route } = useLocation();
  const filters = filtersOf(new URL(url, location.origin).search);
  return [filters, (next, isTyping = false) => route(placeOf(page, next), isTyping)];
}

/**
 * The cursors of the pages that were seen, newest last. A cursor is no part of an address, since a cursor lasts for
 * minutes and an address that was sent to a colleague lasts longer.
 * @param question other filters start at the first page.
 */
export function useCursors(question: string) {
  const [seen, setSeen] = useState<{ question: string; cursors: string[] }>({ question, cursors: [] });
  const cursors = seen.question === question ? seen.cursors : [];
  useEffect(() => window.scrollTo(0, 0), [cursors.length]);
  return {
    cursor: cursors.at(-1),
    page: cursors.length + 1,
    next: (cursor: string) => setSeen({ question, cursors: [...cursors, cursor] }),
    previous: () => setSeen({ question, cursors: cursors.slice(0, -1) }),
    first: () => setSeen({ question, cursors: [] }),
  };
}
