/** In a sentence or two: does HSS refuse calls, and is a call free now? */
import { formatDuration, formatNumber, formatTime } from '../format.js';
import { useOnTime } from '../loading.js';
import type { Api } from '../service.js';
import { useText } from '../text/text.js';

export function Refusals({ apis }: { apis: readonly Api[] }) {
  const { t, language } = useText();
  const pauses = apis.flatMap(({ pausedUntil }) => (pausedUntil === null ? [] : [Date.parse(pausedUntil)]));
  const calls = useOnTime((now) => {
    const next = apis.filter(isCalled).map(({ nextSlotAt }) => Date.parse(nextSlotAt));
    const later = next.filter((at) => at > now);
    if (later.length === 0) return next.length === apis.length ? t('callsFree') : '';
    return t('callsUsed', {
      used: formatNumber(later.length, language),
      all: formatNumber(apis.length, language),
      wait: formatDuration(Math.min(...later) - now, language),
    });
  });
  return (
    <p class={pauses.length > 0 ? 'refusals state state-warn' : 'refusals state'}>
      <strong>
        {pauses.length > 0
          ? t('refusesUntil', { time: formatTime(Math.max(...pauses), language) })
          : t('refusesNone')}
      </strong>{' '}
      {calls}
    </p>
  );
}

/** An API that is paused or stopped has calls left, and makes none. */
function isCalled({ pausedUntil, breaker }: Api): boolean {
  return pausedUntil === null && breaker.openUntil === null;
}
