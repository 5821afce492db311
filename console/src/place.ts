/** Where the viewer is: the page and the filters in the address. */
import { useLocation } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { filtersOf, searchOf, type Filters } from './filters.js';
import { basePath } from './service.js';
import { useText } from './text/text.js';

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

/** Names the tab after what the page shows, in place of the kind of the page. */
export function useTitle(name: string | null | undefined): void {
  const { path } = useLocation();
  const { language } = useText();
  useEffect(() => {
    if (name) document.title = `${name} · hss-bff`;
  }, [name, path, language]);
}
