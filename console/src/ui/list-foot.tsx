/** Below each list: pages, the age of the catalog, and what the catalog does not know. */
import type { CatalogMark } from '../service.js';
import { useText } from '../text/text.js';
import { Count, Time } from './values.js';

interface Pages {
  page: number;
  nextCursor: string | null | undefined;
  next: (cursor: string) => void;
  previous: () => void;
}

export function Pager({ page, nextCursor, next, previous }: Pages) {
  const { t } = useText();
  if (page === 1 && !nextCursor) return null;
  return (
    <nav class="pager" aria-label={t('next')}>
      <button disabled={page === 1} onClick={previous}>
        {t('previous')}
      </button>
      <span aria-current="page">{page}</span>
      <button disabled={!nextCursor} onClick={() => nextCursor && next(nextCursor)}>
        {t('next')}
      </button>
    </nav>
  );
}

export function Mark({ of: mark }: { of: CatalogMark }) {
  const { t } = useText();
  const [before = '', after = ''] = t('asOf').split('{age}');
  const { files, baseOs } = mark.coverage;
  return (
    <p class="mark quiet">
      {before}
      <Time at={mark.asOf} />
      {after} · {t(mark.complete ? 'complete' : 'incomplete')} ·{' '}
      {t('coverage', { files: `${files.known}/${files.total}`, baseOs: `${baseOs.known}/${baseOs.total}` })}
    </p>
  );
}

/** How many more images might match. */
export function Unknown({ count, href }: { count: number | undefined; href: string }) {
  const { t } = useText();
  if (!count) return null;
  const [before = '', after = ''] = t('unknown').split('{count}');
  return (
    <p class="state">
      {before}
      <Count of={count} />
      {after} <a href={href}>{t('unknownShow')}</a>
    </p>
  );
}
