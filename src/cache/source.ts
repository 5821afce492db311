import type { Load } from '../budget/load.js';
import type { Lifetime } from './entry.js';
import type { Dependency } from './validity.js';

/** The result of a load. */
export interface Loaded<T> {
  value: T;
  /** Wall time in ms at which the owner was asked. */
  fetchedAt: number;
  /** A second value from the same call, with its own key. The two values have the same life and the same tags. */
  beside?: { key: string; value: unknown };
}

/**
 * Describes a value to the cache: the key, how to load the value, how long the value lives. See `keyHashOf` on
 * keys.
 */
export interface Source<T> {
  /** Identifies the value in the whole service; holds no secret. */
  key: string;
  load(load: Load): Promise<Loaded<T>>;
  lifetime(value: T): Lifetime | Promise<Lifetime>;
  /** The usual fresh life, in ms, for calls that are made some time before a consumer comes for the value. */
  usualFreshMs: number;
  /** Names by which a purge finds the value. */
  tags(value: T): readonly string[];
  /** Whether the owner is known to have changed the value. Such a value is stale, even in its fresh life. */
  isOutdated?(value: T): boolean;
  /** Whether the value can serve this reader at all. Another value counts as missing. Missing: each value can. */
  isUsable?(value: T): boolean;
  /** The versions that `isOutdated` looked at. An answer made from the value depends on these versions too. */
  dependencies?: readonly Dependency[];
}
