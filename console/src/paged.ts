/** A list of the catalog, page by page: the first page stays current, a later one stays as it was read. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Filters } from './filters.js';
import { useLoading } from './loading.js';
import type { Answer } from './service.js';
import { cursorsOf, keepCursors, rememberList, returnToList } from './visited-pages.js';

/** The catalog changes at most a few times a minute; an unchanged list is a 304. */
const everyMs = 15_000;
/** The service does not know a cursor any more: of an older state, or of another consumer. */
const endedCodes = new Set(['cursor-expired', 'invalid-request']);

/**
 * @param page the place of the list, as `placeOf` takes it.
 * @param asked other filters start at the first page.
 * @param onFirstPage what only the first page asks for besides.
 */
export function usePages<T>(
  page: string,
  asked: Filters,
  load: (whole: Filters, signal: AbortSignal) => Promise<Answer<T>>,
  onFirstPage: Filters = {},
) {
  const question = page + JSON.stringify(asked);
  const [, redraw] = useState(0);
  // Once, before the first question.
  useState(() => returnToList(page, question));
  const cursors = cursorsOf(question);
  const goTo = (next: readonly string[]) => {
    keepCursors(question, next);
    redraw((times) => times + 1);
  };
  const cursor = cursors.at(-1);
  const whole: Filters = cursor === undefined ? { ...asked, ...onFirstPage } : { ...asked, cursor };
  const list = useLoading(
    page + JSON.stringify(whole),
    (signal) => load(whole, signal),
    cursor === undefined ? everyMs : undefined,
  );
  const isEnded = cursor !== undefined && endedCodes.has(list.trouble?.problem?.code ?? '');
  useEffect(() => {
    if (isEnded) goTo([]);
  }, [isEnded]);
  useLayoutEffect(() => rememberList(page, question), [question, cursors.length]);
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
      next: (after: string) => goTo([...cursors, after]),
      previous: () => goTo(cursors.slice(0, -1)),
    },
  };
}
