/** The slots of one API's window as a strip: the last window at the left of now, the next one at the right. */
import { useNow } from '../loading.js';
import { lanesOf, type Span } from '../slot-lanes.js';
import type { Api } from '../service.js';
import { formatDuration } from '../format.js';
import { useText } from '../text/text.js';

const width = 1_000;
const laneHeight = 12;
const gap = 3;

export function SlotStrip({ api }: { api: Api }) {
  const { t, language } = useText();
  const now = useNow();
  const { lanes, reserved, pausedUntil } = lanesOf(api);
  const rows = lanes.length + reserved;
  const height = rows * laneHeight - gap;
  const x = (time: number) => Math.min(width, Math.max(0, ((time - now) / (2 * api.windowMs) + 0.5) * width));
  const window = formatDuration(api.windowMs, language);
  return (
    <figure class="strip">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        height={height}
        role="img"
        aria-label={t('stripText', {
          used: `${api.used}`,
          limit: `${api.limit}`,
          promised: `${api.promisedAt.length}`,
        })}
      >
        {lanes.map((lane, index) => (
          <Lane key={index} y={index * laneHeight} lane={lane} x={x} />
        ))}
        {Array.from({ length: reserved }, (_, index) => (
          <rect
            key={`r${index}`}
            class="slot-reserved"
            y={(lanes.length + index) * laneHeight}
            width={width}
            height={laneHeight - gap}
          />
        ))}
        {pausedUntil !== undefined && pausedUntil > now && (
          <rect class="slot-paused" x={x(now)} width={x(pausedUntil) - x(now)} height={height} />
        )}
        <line class="slot-now" x1={width / 2} x2={width / 2} y1="0" y2={height} />
      </svg>
      <figcaption>
        <span>−{window}</span>
        <span>{t('now')}</span>
        <span>+{window}</span>
      </figcaption>
    </figure>
  );
}

function Lane({ y, lane, x }: { y: number; lane: readonly Span[]; x: (time: number) => number }) {
  const height = laneHeight - gap;
  return (
    <>
      <rect class="slot-free" y={y} width={width} height={height} />
      {lane.map(({ kind, from, until }, index) => (
        <rect
          key={index}
          class={`slot-${kind}`}
          x={x(from)}
          y={y}
          width={Math.max(0, x(until) - x(from))}
          height={height}
        />
      ))}
    </>
  );
}
