/** The calls of HSS: for each API the slots in time, what waits, promises, and why no call is made. */
import { formatDuration, formatNumber, formatTime } from '../format.js';
import { useLoading, useOnTime } from '../loading.js';
import type { Api } from '../service.js';
import { useSession } from '../session.js';
import type { TextKey } from '../text/en.js';
import { useText } from '../text/text.js';
import { AskAlike } from './ask-alike.js';
import { Fact } from './fact.js';
import { Refusals } from './refusals.js';
import { SlotStrip } from './slot-strip.js';
import { State } from './state.js';

const everyMs = 3_000;
/** More slots than these are a bar. */
const mostLanes = 12;
const kinds = ['used', 'promised', 'reserved', 'paused', 'free'] as const;
const labels: Record<(typeof kinds)[number], TextKey> = {
  used: 'slotUsed',
  promised: 'slotPromised',
  reserved: 'slotReserved',
  paused: 'slotPaused',
  free: 'slotFree',
};

export function CallBudget() {
  const { t } = useText();
  const { service } = useSession();
  const budget = useLoading('budget', (signal) => service.budget(signal), everyMs);
  return (
    <section>
      <h2>{t('budget')}</h2>
      <State of={budget} />
      {budget.answer && (
        <>
          <Refusals apis={budget.answer.value.apis} />
          <ul class="legend">
            {kinds.map((kind) => (
              <li key={kind}>
                <svg width="14" height="9" aria-hidden="true">
                  <rect class={`slot-${kind}`} width="14" height="9" />
                </svg>
                {t(labels[kind])}
              </li>
            ))}
          </ul>
          <div class="cards">
            {budget.answer.value.apis.map((api) => (
              <ApiCard key={api.api} api={api} />
            ))}
          </div>
          <AskAlike questions={[{ path: '/v1/admin/budget', method: 'getBudget', filters: {} }]} />
        </>
      )}
    </section>
  );
}

function ApiCard({ api }: { api: Api }) {
  const { t, language } = useText();
  const { limit, used, windowMs, nextSlotAt, pausedUntil, breaker, shared, instances, reserved } = api;
  const next = useOnTime((now) => {
    const waitMs = Date.parse(nextSlotAt) - now;
    return waitMs <= 0 ? t('now') : t('inTime', { wait: formatDuration(waitMs, language) });
  });
  const stopped = breaker.state === 'closed' ? null : breaker.openUntil;
  return (
    <article class="card">
      <h3>
        {api.api}
        <span class="card-figure">
          {t('ofLimit', { used: `${used}`, limit: `${limit}`, window: formatDuration(windowMs, language) })}
        </span>
      </h3>
      {limit + reserved <= mostLanes ? (
        <SlotStrip api={api} />
      ) : (
        <progress value={used} max={limit} aria-label={t('slotUsed')} />
      )}
      {pausedUntil && (
        <p class="state state-warn">{t('paused', { time: formatTime(pausedUntil, language) })}</p>
      )}
      {stopped && <p class="state state-bad">{t('breakerOpen', { time: formatTime(stopped, language) })}</p>}
      <dl class="facts">
        <Fact name={t('nextSlot')}>{next}</Fact>
        <Fact name={t('sharing')}>
          {shared ? t('sharedBy', { count: formatNumber(instances, language) }) : t('notShared')}
        </Fact>
        <Fact name={t('waiting')}>
          <Queue api={api} />
        </Fact>
        <Fact name={t('promises')}>
          <Promises of={api.promises} />
        </Fact>
      </dl>
    </article>
  );
}

const queueLabels: Record<keyof Api['queue'], TextKey> = {
  waiting: 'queueWaiting',
  'left-behind': 'queueLeftBehind',
  revalidation: 'queueRevalidation',
  background: 'queueBackground',
};

/** Who waits, in the order of turns, and how long the longest of each has waited. */
function Queue({ api: { queue, oldestWaitsMs } }: { api: Api }) {
  const { t, language } = useText();
  const rows = (Object.keys(queueLabels) as (keyof Api['queue'])[]).filter((word) => queue[word] > 0);
  if (rows.length === 0) return <>{t('nobody')}</>;
  return (
    <ul class="plain">
      {rows.map((word) => {
        const wait = oldestWaitsMs[word];
        return (
          <li key={word}>
            {formatNumber(queue[word], language)} {t(queueLabels[word])}
            {wait !== null && (
              <span class="quiet"> · {t('since', { wait: formatDuration(wait, language) })}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Promises({ of: { made, kept, broken } }: { of: Api['promises'] }) {
  const { t, language } = useText();
  if (made === 0) return <>{t('noPromises')}</>;
  return (
    <>
      {t('promisesKept', { kept: formatNumber(kept, language), made: formatNumber(made, language) })}
      {broken > 0 && (
        <span class="part-failed"> · {t('promisesLate', { late: formatNumber(broken, language) })}</span>
      )}
    </>
  );
}
