import { LRUCache } from 'lru-cache';
import type { Namespaces, Place } from '../../../domain/namespaces.js';
import type { Coverage } from '../../model/catalog-query.js';
import { coverageSeen, differsFor, isSeen, placesLeft } from './image-places.js';
import type { Row } from './row.js';
import { countCoverage, countRegistries, noCoverage } from './row-counts.js';

interface Seen {
  namespaces: Namespaces;
  coverage: Coverage;
  /** How many names of images name each registry, by its name or by the URL of its instance. */
  registries: Map<string, number>;
  /** The versions at which the images or contents that the consumers see changed, in order. */
  changes: number[];
}

/** Sets of namespaces that are kept up with every write. */
const mostViews = 200;

/** The rows of which views are made. */
interface RowSource {
  all(): Iterable<Row>;
  everyRow(): Iterable<Row>;
  former(): readonly Row[];
}

/**
 * What the rows tell consumers with namespaces, for each set of namespaces: counts, and the versions at which something
 * that they see has changed. A view is made when a consumer first asks, and is kept up with every write. Used by Rows.
 */
export class SeenViews {
  /** The version at which an image last left each place. A removed row is dropped once no query needs it. */
  readonly #left = new Map<string, Place & { version: number }>();
  /** By the key of the namespaces. */
  readonly #views = new LRUCache<string, Seen>({ max: mostViews });

  constructor(private readonly rows: RowSource) {}

  /**
   * What is kept for the consumers with these namespaces: coverage and registries of the images that they see, and the
   * versions at which these images changed.
   */
  of(namespaces: Namespaces): Readonly<Seen> {
    let seen = this.#views.get(namespaces.key);
    if (!seen) {
      seen = {
        namespaces,
        coverage: noCoverage(),
        registries: new Map(),
        changes: this.#changesFor(namespaces),
      };
      for (const row of this.rows.all()) countSeen(seen, row, 1);
      this.#views.set(namespaces.key, seen);
    }
    return seen;
  }

  /** The images with these keys have changed with this version. @param before the rows that have ended. */
  noteChanges(before: ReadonlyMap<string, Row>, after: ReadonlyMap<string, Row>, version: number): void {
    const keys = new Set([...before.keys(), ...after.keys()]);
    for (const [key, { places }] of before)
      for (const { registryName, namespace } of placesLeft(places, after.get(key)?.places))
        this.#left.set(JSON.stringify([registryName, namespace]), { registryName, namespace, version });
    for (const seen of this.#views.values()) {
      const differs = (key: string) =>
        differsFor(seen.namespaces, before.get(key)?.places, after.get(key)?.places);
      if ([...keys].some(differs)) seen.changes.push(version);
    }
  }

  /**
   * An instance that is asked later finds the same changes. Only an instance that starts later does not know of
   * earlier removals.
   */
  #changesFor(namespaces: Namespaces): number[] {
    const former = new Map<string, Row>();
    for (const row of this.rows.former())
      if (isSeen(row.places, namespaces)) former.set(`${row.key} ${row.until}`, row);
    const changes = new Set<number>();
    for (const row of this.rows.everyRow()) {
      if (!isSeen(row.places, namespaces)) continue;
      const at = `${row.key} ${row.since}`;
      if (differsFor(namespaces, former.get(at)?.places, row.places)) changes.add(row.since);
      former.delete(at);
    }
    // No seen row has followed these.
    for (const { until } of former.values()) changes.add(until);
    for (const place of this.#left.values()) if (namespaces.sees(place)) changes.add(place.version);
    return [...changes].sort((a, b) => a - b);
  }

  /** A row has come (1) or gone (-1). */
  count(row: Row, difference: 1 | -1): void {
    for (const seen of this.#views.values()) countSeen(seen, row, difference);
  }

  /** Forgets changes before the version `needed`. The last of them tells where the versions that are needed begin. */
  drop(needed: number): void {
    for (const { changes } of this.#views.values())
      changes.splice(
        0,
        changes.findLastIndex((version) => version <= needed),
      );
  }
}

function countSeen({ namespaces, coverage, registries }: Seen, row: Row, difference: 1 | -1): void {
  countCoverage(coverage, coverageSeen(row.places, namespaces), difference);
  const names = row.imageNames.filter((imageName) => namespaces.sees(imageName));
  countRegistries(registries, names, difference);
}
