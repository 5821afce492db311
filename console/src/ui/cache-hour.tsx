/** The cache of the instance that answered: the last hour minute by minute, memory, Redis, and the other instances. */
import { formatBytes, formatDuration, formatNumber, formatTime, formatUtc } from '../format.js';
import { useLoading } from '../loading.js';
import type { CacheState } from '../service.js';
import { useSession } from '../session.js';
import { useText } from '../text/text.js';
import { AskAlike } from './ask-alike.js';
import { Fact } from './fact.js';
import { State } from './state.js';
import { Count, Time } from './values.js';

const everyMs = 5_000;

export function CacheHour() {
  const { t } = useText();
  const { service } = useSession();
  const cache = useLoading('cache', (signal) => service.cache(signal), everyMs);
  const value = cache.answer?.value;
  return (
    <>
      <section>
        <h2>{t('cache')}</h2>
        <State of={cache} />
        {value && (
          <>
            <Summary minutes={value.lastHour} />
            <Chart minutes={value.lastHour} />
            <Memory of={value} />
            <AskAlike questions={[{ path: '/v1/admin/cache', method: 'getCacheState', filters: {} }]} />
          </>
        )}
      </section>
      {value && <Instances of={value} />}
    </>
  );
}

type Minutes = CacheState['lastHour'];
const sumOf = (minutes: Minutes, name: 'hits' | 'loads' | 'stale' | 'staleSeconds') =>
  minutes.reduce((sum, minute) => sum + minute[name], 0);

function Summary({ minutes }: { minutes: Minutes }) {
  const { t, language } = useText();
  const [hits, loads, stale] = [sumOf(minutes, 'hits'), sumOf(minutes, 'loads'), sumOf(minutes, 'stale')];
  const meanAgeMs = (1_000 * sumOf(minutes, 'staleSeconds')) / stale;
  return (
    <dl class="facts">
      <Fact name={t('hitRatio')}>
        <strong>{hits + loads === 0 ? '–' : `${((100 * hits) / (hits + loads)).toFixed(1)} %`}</strong>
      </Fact>
      <Fact name={t('hits')}>
        <Count of={hits} />
      </Fact>
      <Fact name={t('loads')}>
        <Count of={loads} />
      </Fact>
      <Fact name={t('staleAnswers')}>
        <Count of={stale} />
        {stale > 0 && (
          <span class="quiet"> · {t('meanAge', { age: formatDuration(meanAgeMs, language) })}</span>
        )}
      </Fact>
    </dl>
  );
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const width = 600;
const height = 72;

/** A bar for each minute: hits below, loads from HSS on top. */
function Chart({ minutes }: { minutes: Minutes }) {
  const { t, language } = useText();
  const last = minutes.at(-1);
  if (!last) return null;
  const end = Date.parse(last.at) + last.ms;
  const most = Math.max(1, ...minutes.map(({ hits, loads }) => hits + loads));
  return (
    <figure class="strip">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        height={height}
        role="img"
        aria-label={t('hourText')}
      >
        <rect class="slot-free" width={width} height={height} />
        {minutes.map(({ at, ms, hits, loads, stale }) => {
          const from = Date.parse(at);
          const x = width * (1 - (end - from) / hourMs);
          const barWidth = Math.max(1, (width * Math.min(ms, hourMs)) / hourMs - 2);
          const [hitHeight, loadHeight] = [(height * hits) / most, (height * loads) / most];
          const number = (value: number) => formatNumber(value, language);
          return (
            <g key={at}>
              <title>
                {`${formatTime(from, language)} · ${formatUtc(from)}\n${t('hits')} ${number(hits)} · ${t('loads')} ${number(loads)} · ${t('staleAnswers')} ${number(stale)}`}
              </title>
              <rect class="bar-none" x={x} width={barWidth} height={height} />
              <rect class="slot-used" x={x} y={height - hitHeight} width={barWidth} height={hitHeight} />
              <rect
                class="bar-loads"
                x={x}
                y={height - hitHeight - loadHeight}
                width={barWidth}
                height={loadHeight}
              />
            </g>
          );
        })}
      </svg>
      <figcaption>
        <span>−{formatDuration(hourMs, language)}</span>
        <span class="legend-inline">
          <svg width="14" height="9" aria-hidden="true">
            <rect class="slot-used" width="14" height="9" />
          </svg>{' '}
          {t('hits')}{' '}
          <svg width="14" height="9" aria-hidden="true">
            <rect class="bar-loads" width="14" height="9" />
          </svg>{' '}
          {t('loads')}
        </span>
        <span>{t('now')}</span>
      </figcaption>
    </figure>
  );
}

function Memory({ of: { memory, hot } }: { of: CacheState }) {
  const { t, language } = useText();
  return (
    <dl class="facts facts-wide">
      <Fact name={t('memory')}>
        <Share bytes={memory.bytes} maxBytes={memory.maxBytes} name={t('memory')} />
        <span class="quiet"> · {t('entriesCount', { count: formatNumber(memory.entries, language) })}</span>
      </Fact>
      <Fact name={t('hot')}>
        <Share bytes={hot.bytes} maxBytes={hot.maxBytes} name={t('hot')} />
        <span class="quiet"> · {t('entriesCount', { count: formatNumber(hot.answers, language) })}</span>
      </Fact>
    </dl>
  );
}

/** A limit of 0 is none. */
function Share({ bytes, maxBytes, name }: { bytes: number; maxBytes: number; name: string }) {
  const { t, language } = useText();
  const used = formatBytes(bytes, language);
  if (maxBytes === 0) return <>{t('bytesNoLimit', { used })}</>;
  return (
    <>
      <meter value={bytes} max={maxBytes} aria-label={name} />
      {t('bytesOf', { used, limit: formatBytes(maxBytes, language) })}
    </>
  );
}

/** Instances agree when they know the same purge: none of them serves what another one has voided. */
function Instances({ of: { instance, instances, lastPurge, inAgreement, redis } }: { of: CacheState }) {
  const { t } = useText();
  const agree = inAgreement && instances.every((each) => each.lastPurge === lastPurge);
  return (
    <section>
      <h2>{t('instances')}</h2>
      <p class={agree ? 'state state-good' : 'state state-warn'}>{t(agree ? 'agree' : 'disagree')}</p>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{t('instance')}</th>
            <th scope="col">{t('heard')}</th>
            <th scope="col">{t('knowsPurge')}</th>
          </tr>
        </thead>
        <tbody>
          {instances.map((each) => (
            <tr key={each.instance}>
              <th scope="row">
                {each.instance} {each.instance === instance && <span class="quiet">{t('thisOne')}</span>}
              </th>
              <td data-label={t('heard')}>
                <Time at={each.heardAt} />
              </td>
              <td data-label={t('knowsPurge')}>
                {each.lastPurge === 0 ? t('noPurge') : each.lastPurge}{' '}
                {each.lastPurge !== lastPurge && <span class="part-stale">{t('differs')}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {redis && (
        <p>
          {t('redisMemory')}: <Share bytes={redis.bytes} maxBytes={redis.maxBytes} name={t('redisMemory')} />
        </p>
      )}
    </section>
  );
}
