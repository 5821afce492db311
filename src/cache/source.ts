import type { Load } from '../resilience/budget/load.js';
import type { Lifetime } from './entry.js';

/** What to read, and how to get it when nobody has it. */
export interface Source<T> {
  /** Identifies the value among all of the service; holds no secret. */
  key: string;
  /** @returns the value and the wall time in ms at which its owner was asked. */
  load(load: Load): Promise<{ value: T; fetchedAt: number }>;
  lifetime(value: T): Lifetime | Promise<Lifetime>;
  /** What a purge can name it by. */
  tags(value: T): readonly string[];
  /** Whether it is known to have changed where it comes from, so that it is stale before its time. */
  isOutdated?(value: T): boolean;
}
