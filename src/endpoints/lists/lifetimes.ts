import type { Lifetime } from '../../cache/entry.js';
import type { Config } from '../../config/config.js';

/** How long each kind of answer lives in the cache. The requests of the four endpoints use these values. */
export class Lifetimes {
  readonly lists: Lifetime;
  readonly content: Lifetime;
  readonly unsettled: Lifetime;
  readonly absent: Lifetime;

  constructor({ listsMs, contentMs, unsettledMs, absentMs, staleIfErrorMs: staleMs }: Config['lifetimes']) {
    this.lists = { freshMs: listsMs, staleMs };
    this.content = { freshMs: contentMs, staleMs };
    this.unsettled = { freshMs: unsettledMs, staleMs };
    // An old "absent" never replaces an answer of HSS, because the image may have appeared since.
    this.absent = { freshMs: absentMs, staleMs: 0 };
  }
}
