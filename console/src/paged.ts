/** A list of the catalog, page by page: the first page stays current, a later one stays as it was read. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Filters } from './filters.js';
import { useLoading } from './loading.js';
import type { Answer } from './service.js';

/** The catalog changes at most a few times a minute; an unchanged list is a 304. */
const everyMs = 15_000;

/**
 * Keeps the cursors of the pages that were seen, newest last. A cursor is no part of an address, since a cursor lasts
 * for minutes and an address that was sent to a colleague lasts longer.
 * @param asked other filters start at the first page.
 * @param more `onFirstPage`: what only the first page asks for besides. `about`: what the list belongs to.
 */
export function usePages<T>(
  asked: Filters,
  load: (whole: Filters, signal: AbortSignal) => Promise<Answer<T>>,
  { onFirstPage = {}, about = '' }: { onFirstPage?: Filters; about?: string } = {},
) {
  const question = about + JSON.stringify(asked);
  const [seen, setSeen] = useState<{ question: string; cursors: string[] }>({ question, cursors: [] });
  const cursors = seen.question === question ? seen.cursors : [];
  const cursor = cursors.at(-1);
  const whole: Filters = cursor === undefined ? { ...asked, ...onFirstPage } : { ...asked, cursor };
  const list = useLoading(
    about + JSON.stringify(whole),
    (signal) => load(whole, signal),
    cursor === undefined ? everyMs : undefined,
  );
  useEffect(() => window.scrollTo(0, 0), [cursors.length]);
  // While somebody types, the rows of the question before stay, so that the page does not jump.
  const before = useRef(list.answer);
  if (list.answer || list.trouble) before.current = list.answer;
  const isOld = list.answer === undefined && before.current !== undefined;
  return {
    list: isOld ? { ...list, isLoading: false } : list,
    answer: list.answer ?? before.current,
    isOld,
    pages: {
      page: cursors.length + 1,
      next: (after: string) => setSeen({ question, cursors: [...cursors, after] }),
      previous: () => setSeen({ question, cursors: cursors.slice(0, -1) }),
    },
  };
}
