/** Single values as all pages show them: severity, times, numbers, counts of findings. */
import { formatAge, formatNumber, formatTime, formatUtc } from '../format.js';
import { useOnTime } from '../loading.js';
import type { CatalogImage } from '../service.js';
import { severityText, useText } from '../text/text.js';
import { ranks } from '../verdict.js';

export function Severity({ of: word }: { of: string | null | undefined }) {
  const { t } = useText();
  // A word that HSS added ranks above `high`.
  const look = word == null || ranks.includes(word) ? word : 'high';
  return <span class={`severity severity-${look ?? 'unknown'}`}>{severityText(word, t)}</span>;
}

/** How long ago, with the time in the viewer's zone and in UTC as a tooltip. */
export function Time({ at }: { at: string | number | null | undefined }) {
  const { language, t } = useText();
  const age = useOnTime((now) => (at == null ? '' : formatAge(at, now, language)));
  if (at == null) return <span class="quiet">{t('notKnown')}</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={`${formatTime(at, language)} · ${formatUtc(at)}`}>
      {age}
    </time>
  );
}

export function Count({ of: value }: { of: number | string | null | undefined }) {
  const { language, t } = useText();
  if (value == null)
    return (
      <span class="quiet" title={t('notKnown')}>
        –
      </span>
    );
  return <>{formatNumber(value, language)}</>;
}

export const findingKinds = ['vulnerabilities', 'unsafeSettings', 'maliciousFiles'] as const;

/** A count of findings. What HSS did not count is a dash; what was not found stands back. */
export function Finding({ of: count }: { of: number | string | null | undefined }) {
  return (
    <span class={count ? 'finding' : 'quiet'}>
      <Count of={count} />
    </span>
  );
}

/** All counts of findings in one line, each with its name. */
export function Findings({ of: counts }: { of: CatalogImage['findingCounts'] }) {
  const { t } = useText();
  return (
    <>
      {findingKinds.map((kind, index) => (
        <span key={kind}>
          {index > 0 && ' · '}
          {t(kind)} <Finding of={counts?.[kind]} />
        </span>
      ))}
    </>
  );
}

/** `namespace/name:tag`. */
export function nameOf({ namespace, name, tag }: Pick<CatalogImage, 'namespace' | 'name' | 'tag'>): string {
  const path = namespace ? `${namespace}/${name ?? '?'}` : (name ?? '?');
  return tag ? `${path}:${tag}` : path;
}

/** Enough of a digest to tell images apart. */
export function shortDigest(digest: string | null | undefined): string {
  return (digest ?? '').replace(/^sha256:/, '').slice(0, 12);
}
