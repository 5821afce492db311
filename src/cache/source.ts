import type { Load } from '../budget/load.js';
import type { Lifetime } from './entry.js';

/** What a load brought. */
export interface Loaded<T> {
  value: T;
  /** Wall time in ms at which the owner was asked. */
  fetchedAt: number;
  /** What was learned along with it: lives, ends and is purged like the value, under a key of its own. */
  beside?: { key: string; value: unknown };
}

/** What to read, and how to get it when nobody has it. */
export interface Source<T> {
  /** Identifies the value among all of the service; holds no secret. */
  key: string;
  load(load: Load): Promise<Loaded<T>>;
  lifetime(value: T): Lifetime | Promise<Lifetime>;
  /** What a purge can name it by. */
  tags(value: T): readonly string[];
  /** Whether it is known to have changed where it comes from, so that it is stale before its time. */
  isOutdated?(value: T): boolean;
}
