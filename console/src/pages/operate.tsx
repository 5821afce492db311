import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { CacheHour } from '../ui/cache-hour.js';
import { CallBudget } from '../ui/call-budget.js';
import { CatalogProgress } from '../ui/catalog-progress.js';
import { Health } from '../ui/health.js';
import { Purge } from '../ui/purge.js';
import { RecentProblems } from '../ui/recent-problems.js';

/** Is HSS throttling, what waits, how old is what is served? */
export function OperatePage() {
  const { t } = useText();
  const { can } = useSession();
  return (
    <>
      <h1>{t('operate')}</h1>
      <Health />
      {can('watch') ? (
        <>
          <CallBudget />
          <CacheHour />
          <RecentProblems />
          <CatalogProgress />
          {can('admin') && <Purge />}
        </>
      ) : (
        <>
          <CatalogProgress />
          <p class="state state-warn">{t('forbidden', { scope: 'watch' })}</p>
        </>
      )}
    </>
  );
}
