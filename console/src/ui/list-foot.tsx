/** Below each list: pages, and how old and how whole the catalog is. */
import { formatNumber } from '../format.js';
import type { CatalogMark } from '../service.js';
import { useText } from '../text/text.js';
import { Time } from './values.js';

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
  const { t, language } = useText();
  const [before = '', after = ''] = t('asOf').split('{age}');
  const { files, baseOs } = mark.coverage;
  const knownOf = ({ known, total }: typeof files) =>
    t('knownOf', { known: formatNumber(known, language), total: formatNumber(total, language) });
  return (
    <p class="mark quiet">
      {before}
      <Time at={mark.asOf} />
      {after} · {t(mark.complete ? 'complete' : 'incomplete')} ·{' '}
      {t('coverage', { files: knownOf(files), baseOs: knownOf(baseOs) })}
    </p>
  );
}
