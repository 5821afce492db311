import type { CatalogStatus } from '../catalog/sync/status.js';
import type { Clock } from '../time/clock.js';
import { known, type Families, type Sample } from './families.js';

export interface CatalogSources {
  /** Null when the catalog is off. */
  readonly catalog: { status(): CatalogStatus } | null;
  readonly clock: Clock;
  readonly instance: string;
}

export function catalogMetrics(families: Families, { catalog, clock, instance }: CatalogSources): void {
  if (!catalog) return;
  const status = () => catalog.status();
  const since = (time: string | null) => (time === null ? null : (clock.now() - Date.parse(time)) / 1000);
  const perList = (value: (list: CatalogStatus['registry']) => number | null): Sample[] => {
    const { registry, local } = status();
    return [...known({ list: 'registry' }, value(registry)), ...known({ list: 'local' }, value(local))];
  };
  families.gauge(
    'catalog_age_seconds',
    'Age of what the catalog knows of both lists, once both were read',
    [],
    () => known({}, since(status().asOf)),
  );
  families.gauge('catalog_walk_age_seconds', 'Time since the start of the last complete walk', ['list'], () =>
    perList(({ walkedAt }) => since(walkedAt)),
  );
  families.gauge('catalog_complete', '1 when both lists were read to their ends, else 0', [], () => [
    [{}, status().complete ? 1 : 0],
  ]);
  families.gauge('catalog_rows', 'Known rows', ['list'], () => perList(({ rows }) => rows));
  families.gauge('catalog_expected_rows', 'Rows that HSS counts, once it was asked', ['list'], () =>
    perList(({ total }) => total),
  );
  families.gauge(
    'catalog_coverage_ratio',
    'Images whose content is known, of all with such content',
    ['part'],
    () => {
      const { baseOs, files } = status().coverage;
      const ratio = ({ known, total }: { known: number; total: number }) => (total === 0 ? 1 : known / total);
      return [
        [{ part: 'baseOs' }, ratio(baseOs)],
        [{ part: 'files' }, ratio(files)],
      ];
    },
  );
  families.counter('catalog_calls_total', 'Calls of HSS for the catalog, of the whole fleet', [], () => [
    [{}, status().calls],
  ]);
  families.gauge('catalog_lease_held', '1 on the instance that syncs the catalog, else 0', [], () => [
    [{}, status().syncingInstance === instance ? 1 : 0],
  ]);
  families.gauge('catalog_version', 'The version of the catalog on this instance', [], () => [
    [{}, status().version],
  ]);
}
