/*
 * Tells whether a finished answer may be sent again. An answer carries the versions that it was made from, and an end
 * time. The cache, the scan marks and the catalog add their versions. Only `isValid` checks the list, for the hot path.
 */

/** A store that has a version of each key. An answer keeps versions only, never the stored values. */
export interface VersionedStore {
  /** The name under which every instance has such a store. No answer that depends on a store without a name is shared. */
  readonly name?: string;
  versionOf(key: string): string | number | undefined;
  /** Takes over a version that another instance knew, unless a newer version is known here. */
  adopt?(key: string, version: unknown): void;
}

/** One version that an answer was made from. */
export interface Dependency {
  readonly store: VersionedStore;
  readonly key: string;
  readonly version: string | number | undefined;
}

export interface Validity {
  /** Wall time in ms. */
  readonly until: number;
  readonly dependencies: readonly Dependency[];
}

export const neverValid: Validity = { until: -Infinity, dependencies: [] };

/** Whether the same answer would be made again at this wall time. Runs on every hit, so it allocates nothing. */
export function isValid({ until, dependencies }: Validity, now: number): boolean {
  if (now >= until) return false;
  for (const { store, key, version } of dependencies) if (store.versionOf(key) !== version) return false;
  return true;
}

/** The validity of an answer that was made from two other answers, `a` and `b`. */
export function bothValid(a: Validity, b: Validity): Validity {
  const isNew = (found: Dependency) =>
    !a.dependencies.some(
      ({ store, key, version }) => store === found.store && key === found.key && version === found.version,
    );
  return {
    until: Math.min(a.until, b.until),
    dependencies: [...a.dependencies, ...b.dependencies.filter(isNew)],
  };
}
