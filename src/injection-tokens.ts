import type { Lifetime } from './cache/entry.js';
import type { Config } from './config/config.js';

/** Names under which Nest hands out what is not a class of ours. */
export const CLOCK = Symbol('Clock');
export const LOG = Symbol('Log');

/** How long each kind of answer lives, as its Source needs it. */
export class Lifetimes {
  readonly lists: Lifetime;
  readonly content: Lifetime;
  readonly unsettled: Lifetime;
  readonly absent: Lifetime;

  constructor({ listsMs, contentMs, unsettledMs, absentMs, staleIfErrorMs: staleMs }: Config['lifetimes']) {
    this.lists = { freshMs: listsMs, staleMs };
    this.content = { freshMs: contentMs, staleMs };
    this.unsettled = { freshMs: unsettledMs, staleMs };
    // An image that was absent may have come since: that must not stand in for an answer of HSS.
    this.absent = { freshMs: absentMs, staleMs: 0 };
  }
}

/** What the catalog has to know of the service that it is part of. */
export interface CatalogSettings {
  /** False: nothing is read in the background. */
  isOn: boolean;
  instance: string;
  /** Names what HSS is asked for: region, project, credentials and enterprise project. No secrets, no braces. */
  scope: string;
  /** As configured; undefined is HSS's default. */
  enterpriseProjectId: string | undefined;
  /** HSS_RATE. */
  rate: { limit: number; windowMs: number };
  /** TTL_LISTS, TTL_CONTENT. */
  lifetimes: { listsMs: number; contentMs: number };
}
export const CATALOG_SETTINGS = Symbol('CatalogSettings');

/** A RedisLink, or null without Redis. */
export const REDIS = Symbol('Redis');
