/** What a page shows besides its data: loading, waiting for HSS, failed, offline, forbidden. */
import { formatAge, formatDuration } from '../format.js';
import { useNow, type Loading } from '../loading.js';
import { useText } from '../text/text.js';

/** The state of a question, above what is known. Nothing while all is well. */
export function State({ of: { answer, trouble, nextTryAt, isLoading, again } }: { of: Loading<unknown> }) {
  const { t, language } = useText();
  const now = useNow();
  const wait = nextTryAt === undefined ? undefined : formatDuration(Math.max(0, nextTryAt - now), language);
  if (!trouble) {
    if (answer ? wait === undefined : !isLoading) return null;
    return (
      <p class="state" role="status">
        {wait === undefined
          ? t('loading')
          : t(waitingCodes.has(answer?.because ?? '') ? 'waitsForHss' : 'hssFails', { wait })}
      </p>
    );
  }
  const { problem, isOffline } = trouble;
  if (isOffline) {
    const age = answer?.asOf === undefined ? '–' : formatAge(answer.asOf, now, language);
    return (
      <p class="state state-warn" role="status">
        {t('offline', { age })}
      </p>
    );
  }
  if (problem?.code === 'forbidden')
    return (
      <p class="state state-warn" role="alert">
        {t('forbidden', { scope: /scope (\w+)/.exec(problem.detail)?.[1] ?? 'hosts' })}
      </p>
    );
  if (problem && unknownCodes.has(problem.code))
    return (
      <p class="state state-warn" role="alert">
        {t('notThere')} <span class="quiet">{t('requestId', { id: problem.requestId })}</span>
      </p>
    );
  const isWaiting = wait !== undefined && waitingCodes.has(problem?.code ?? '');
  return (
    <div class="state state-warn" role={isWaiting ? 'status' : 'alert'}>
      <p>
        {isWaiting
          ? t(problem?.code === 'catalog-not-ready' ? 'waitsForCatalog' : 'waitsForHss', { wait })
          : t('failed', { title: problem?.title ?? '' })}
      </p>
      {!isWaiting && <p class="quiet">{problem?.detail}</p>}
      {!isWaiting && wait !== undefined && <p>{t('againAt', { wait })}</p>}
      <p class="quiet">{t('requestId', { id: problem?.requestId ?? '' })}</p>
      {!isWaiting && <button onClick={again}>{t('again')}</button>}
    </div>
  );
}

/** Without the catalog's knowledge of a digest the service would need its coordinates, which no page has. */
const unknownCodes = new Set(['not-found', 'image-coordinates-required']);

const waitingCodes = new Set([
  'upstream-throttled',
  'catalog-not-ready',
  'deadline-exceeded',
  'rate-limited',
]);
