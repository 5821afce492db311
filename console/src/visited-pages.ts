/**
 * The cursors of the pages of a list that were visited. A cursor is no part of an address, since a cursor lasts for
 * minutes and an address that was sent to a colleague lasts longer. So the cursors stand beside the entry of the
 * browser's history, where Back, Forward and a reload find them.
 */

interface VisitedPages {
  /** Which list, with its filters. */
  question: string;
  /** One cursor for each page after the first, newest last. */
  cursors: readonly string[];
}

/** The lists as they were last shown in this tab, for links back to them. */
const left = new Map<string, { search: string; pages: VisitedPages }>();

/** @returns the cursors of the shown entry of the history; none when the entry is about another question. */
export function cursorsOf(question: string): readonly string[] {
  const pages = history.state as VisitedPages | null;
  return pages?.question === question ? pages.cursors : [];
}

export function keepCursors(question: string, cursors: readonly string[]): void {
  history.replaceState({ question, cursors } satisfies VisitedPages, '');
}

/** Remembers the list as the shown entry of the history has it. @param page as `placeOf` takes it. */
export function rememberList(page: string, question: string): void {
  left.set(page, { search: location.search, pages: { question, cursors: cursorsOf(question) } });
}

/** A new entry of the history that asks what the list last asked begins at the page that was shown last. */
export function returnToList(page: string, question: string): void {
  const pages = left.get(page)?.pages;
  if (history.state === null && pages?.question === question) keepCursors(question, pages.cursors);
}

/** @returns the filters with which the list was last shown, as an address has them. */
export function searchLeft(page: string): string {
  return left.get(page)?.search ?? '';
}
