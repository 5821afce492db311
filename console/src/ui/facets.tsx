/** Counts of the matches by value. A click takes a value into the filters or out of them. */
import { useState } from 'preact/hooks';
import { changed, toggled, wordsOf, type Filters } from '../filters.js';
import { formatNumber } from '../format.js';
import type { Facets as FacetCounts } from '../service.js';
import type { TextKey } from '../text/en.js';
import { scanText, severityText, useText, type Translate } from '../text/text.js';

export const facetNames = [
  'severity',
  'baseOs',
  'registryName',
  'namespace',
  'scanStatus',
  'running',
] as const;
type FacetName = (typeof facetNames)[number];
const labels: Record<FacetName, TextKey> = {
  severity: 'severity',
  baseOs: 'baseOs',
  registryName: 'registry',
  namespace: 'namespace',
  scanStatus: 'scanStatus',
  running: 'running',
};
/** A filter of these takes one value. */
const single = new Set<FacetName>(['running']);
const mostShown = 8;

interface Props {
  facets: FacetCounts;
  filters: Filters;
  onChange: (next: Filters) => void;
}

export function Facets({ facets, filters, onChange }: Props) {
  const { t, language } = useText();
  // On a phone the counts would push the rows far down.
  const [isOpen, setOpen] = useState(() => matchMedia('(min-width: 44rem)').matches);
  return (
    <details class="facets" open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t('facets')}</summary>
      {facetNames.map((name) => {
        const values = facets[name] ?? [];
        const chosen = wordsOf(filters[name]);
        if (values.length === 0) return null;
        const shown = values.filter(({ filter }, index) => index < mostShown || chosen.includes(filter));
        return (
          <fieldset key={name}>
            <legend>{t(labels[name])}</legend>
            {shown.map(({ value, filter, count }) => (
              <button
                key={filter}
                type="button"
                class="facet"
                aria-pressed={chosen.includes(filter)}
                onClick={() =>
                  onChange(
                    single.has(name)
                      ? changed(filters, name, chosen.includes(filter) ? '' : filter)
                      : toggled(filters, name, filter),
                  )
                }
              >
                {textOf(name, value, t)} <span class="quiet">{formatNumber(count, language)}</span>
              </button>
            ))}
          </fieldset>
        );
      })}
    </details>
  );
}

function textOf(name: FacetName, value: string | null, t: Translate): string {
  if (name === 'severity') return severityText(value, t);
  if (name === 'scanStatus') return scanText(value, t);
  if (name === 'running') return t(value === 'true' ? 'yes' : 'no');
  return value ?? t('notKnown');
}
