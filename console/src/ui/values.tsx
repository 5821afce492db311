/** Single values as all pages show them: severity, times, numbers, counts of findings. */
import { formatAge, formatNumber, formatTime, formatUtc } from '../format.js';
import { useNow } from '../loading.js';
import type { CatalogImage } from '../service.js';
import { severityText, useText } from '../text/text.js';

export function Severity({ of: word }: { of: string | null | undefined }) {
  const { t } = useText();
  return <span class={`severity severity-${word ?? 'unknown'}`}>{severityText(word, t)}</span>;
}

/** How long ago, with the time in the viewer's zone and in UTC as a tooltip. */
export function Time({ at }: { at: string | number | null | undefined }) {
  const { language, t } = useText();
  const now = useNow();
  if (at == null) return <span class="quiet">{t('notKnown')}</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={`${formatTime(at, language)} · ${formatUtc(at)}`}>
      {formatAge(at, now, language)}
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

/** Vulnerabilities, unsafe settings, malicious files; what HSS did not count is a dash. */
export function Findings({ of: counts }: { of: CatalogImage['findingCounts'] }) {
  const { t } = useText();
  const kinds = ['vulnerabilities', 'unsafeSettings', 'maliciousFiles'] as const;
  return (
    <span class="findings">
      {kinds.map((kind) => (
        <span key={kind} title={t(kind)} class={counts?.[kind] ? 'finding' : 'quiet'}>
          <span class="for-readers">{t(kind)} </span>
          <Count of={counts?.[kind]} />
        </span>
      ))}
    </span>
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
