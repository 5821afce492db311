/** Where the viewer is: the page and the filters in the address. */
import { useLocation } from 'preact-iso';
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
