import { formatBytes, formatDuration, formatTime } from '../format.js';
import { useLoading, useNow } from '../loading.js';
import type { Api } from '../service.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { Purge } from '../ui/purge.js';
import { State } from '../ui/state.js';
import { Count, Time } from '../ui/values.js';

const everyMs = 2_000;
const healthEveryMs = 10_000;

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
          <Budget />
          <Cache />
          <Catalog />
          {can('admin') && <Purge />}
        </>
      ) : (
        <>
          <Catalog />
          <p class="state state-warn">{t('forbidden', { scope: 'watch' })}</p>
        </>
      )}
    </>
  );
}

function Health() {
  const { t } = useText();
  const { service } = useSession();
  const health = useLoading('health', (signal) => service.health(signal), healthEveryMs);
  const value = health.answer?.value;
  return (
    <>
      <State of={health} />
      {value && (
        <div class={value.status === 'ok' ? 'state state-good' : 'state state-warn'}>
          {t('health')}: {t(value.status === 'ok' ? 'healthOk' : 'healthDegraded')} · Redis: {value.redis}
          <ul class="plain">
            {value.reasons.map(({ part, why, since }) => (
              <li key={part}>
                {part}: {why} · <Time at={since} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function Budget() {
  const { t } = useText();
  const { service } = useSession();
  const budget = useLoading('budget', (signal) => service.budget(signal), everyMs);
  return (
    <section>
      <h2>{t('budget')}</h2>
      <State of={budget} />
      {budget.answer?.value.apis.map((api) => (
        <ApiBudget key={api.api} api={api} />
      ))}
    </section>
  );
}

/** A slot of the window is a box: used or free. Longer windows show a bar. */
const mostBoxes = 30;

function ApiBudget({ api }: { api: Api }) {
  const { t, language } = useText();
  const now = useNow();
  const { limit, used, windowMs, queue, oldestWaitMs, nextSlotAt, pausedUntil, breaker, instances, shared } =
    api;
  const isFree = Date.parse(nextSlotAt) <= now;
  return (
    <div class="api">
      <h3>{api.api}</h3>
      <div
        class={pausedUntil ? 'slots slots-paused' : 'slots'}
        role="img"
        aria-label={`${used} / ${limit} ${t('used')}`}
      >
        {limit <= mostBoxes ? (
          Array.from({ length: limit }, (_, slot) => (
            <span key={slot} class={slot < used ? 'slot slot-used' : 'slot'} />
          ))
        ) : (
          <progress value={used} max={limit} />
        )}
      </div>
      <p>
        {used} / {limit} {t('used')} · {t('window', { window: formatDuration(windowMs, language) })} ·{' '}
        {t('nextSlot')}: {isFree ? t('now') : formatDuration(Date.parse(nextSlotAt) - now, language)} ·{' '}
        {t(shared ? 'shared' : 'notShared')} · {t('instances')}: {instances}
      </p>
      <p class="quiet">
        {t('waiting')}:{' '}
        {Object.entries(queue)
          .map(([priority, count]) => `${priority} ${count}`)
          .join(' · ')}
        {oldestWaitMs !== null && ` · ${t('oldestWait')}: ${formatDuration(oldestWaitMs, language)}`}
      </p>
      {pausedUntil && (
        <p class="state state-warn">{t('paused', { time: formatTime(pausedUntil, language) })}</p>
      )}
      {breaker.openUntil && breaker.state !== 'closed' && (
        <p class="state state-bad">{t('breakerOpen', { time: formatTime(breaker.openUntil, language) })}</p>
      )}
    </div>
  );
}

function Cache() {
  const { t, language } = useText();
  const { service } = useSession();
  const cache = useLoading('cache', (signal) => service.cache(signal), everyMs);
  const value = cache.answer?.value;
  if (!value) return <State of={cache} />;
  const { memory, hot, counts, inAgreement } = value;
  const hits = hot.hits + counts.memoryHits + counts.redisHits;
  const all = hits + counts.loads;
  return (
    <section>
      <h2>{t('cache')}</h2>
      <State of={cache} />
      <dl class="facts">
        <Fact name={t('hitRatio')}>{all === 0 ? '–' : `${((100 * hits) / all).toFixed(1)} %`}</Fact>
        <Fact name={t('memory')}>
          {formatBytes(memory.bytes, language)} / {formatBytes(memory.maxBytes, language)} · {t('entries')}:{' '}
          <Count of={memory.entries} />
        </Fact>
        <Fact name={t('hot')}>
          {formatBytes(hot.bytes, language)} / {formatBytes(hot.maxBytes, language)} ·{' '}
          <Count of={hot.answers} />
        </Fact>
        <Fact name={t('agreement')}>{t(inAgreement ? 'yes' : 'no')}</Fact>
      </dl>
    </section>
  );
}

function Catalog() {
  const { t } = useText();
  const { service } = useSession();
  const status = useLoading('status', (signal) => service.status(signal), everyMs);
  const value = status.answer?.value;
  if (!value) return <State of={status} />;
  return (
    <section>
      <h2>{t('catalog')}</h2>
      <State of={status} />
      {(['registry', 'local'] as const).map((name) => {
        const { rows, total, walkedAt, deltaAt } = value[name];
        return (
          <div key={name} class="api">
            <h3>{t(name === 'registry' ? 'registry' : 'onHosts')}</h3>
            {total !== null && rows !== null && (
              <progress value={Math.min(rows, total)} max={total} aria-label={t('rows')} />
            )}
            <p>
              {t('rows')}: <Count of={rows} /> / <Count of={total} /> · {t('walked')}: <Time at={walkedAt} />{' '}
              · {t('delta')}: <Time at={deltaAt} />
            </p>
          </div>
        );
      })}
      <dl class="facts">
        <Fact name={t('files')}>
          <Count of={value.coverage.files.known} /> / <Count of={value.coverage.files.total} />
        </Fact>
        <Fact name={t('baseOs')}>
          <Count of={value.coverage.baseOs.known} /> / <Count of={value.coverage.baseOs.total} />
        </Fact>
        <Fact name={t('expectedEnd')}>{value.complete ? t('yes') : <Time at={value.expectedEndAt} />}</Fact>
        <Fact name={t('syncing')}>{value.syncingInstance ?? '–'}</Fact>
        {value.waitingFor && <Fact name={t('waiting')}>{value.waitingFor}</Fact>}
        {value.lastError && (
          <Fact name={value.lastError.code}>
            <Time at={value.lastError.at} />
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
