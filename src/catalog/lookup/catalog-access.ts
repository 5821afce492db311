import { Inject, Injectable } from '@nestjs/common';
import { DataAnswer } from '../../http/answer.js';
import { Problem } from '../../http/problem.js';
import type { RequestContext } from '../../http/request-context.js';
import { Lifetimes } from '../../endpoints/lists/lifetimes.js';
import { CLOCK } from '../../injection-tokens.js';
import { CATALOG_SETTINGS, type CatalogSettings } from '../catalog-settings.js';
import { sleep, type Clock } from '../../time/clock.js';
import { VersionGone, type CatalogReader } from '../model/reader.js';
import {
  ageOf,
  CatalogVersions,
  freshnessOfCatalog,
  markOf,
  satisfiesDemand,
  type CatalogAge,
} from './catalog-mark.js';
import { begunAt, cursorExpired, cursorGrainMs, queryHash, readCursor, writeCursor } from './cursor.js';

/** Under this name Nest hands out the CatalogReader. */
export const CATALOG = Symbol('Catalog');

/** Where the sync has not begun yet, one block of HSS's list is all that is missing. */
const notReadyRetryMs = 5_000;
/** An instance is at most so far behind the one that gave a cursor; it looks this often. */
const followWithinMs = 2_000;
const lookEveryMs = 10;

/** One question to the catalog: at which state, from where on. */
export interface PagePosition {
  version: number;
  offset: number;
  /** As ImageQuery has it. */
  after: number | null;
  age: CatalogAge;
  /** Where the answer goes on after so many items. @param last see ImagePage; null for hosts. */
  next(items: number, last: number | null): string;
}

/** What all routes of the catalog share: is there one, how old is it, is that good enough, and which state is meant. */
@Injectable()
export class CatalogAccess {
  readonly versions: CatalogVersions;

  constructor(
    @Inject(CATALOG) readonly reader: CatalogReader,
    private readonly lifetimes: Lifetimes,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CATALOG_SETTINGS) private readonly settings: CatalogSettings,
  ) {
    this.versions = new CatalogVersions(reader);
  }

  /** @throws Problem `catalog-not-ready` before the first block is there. */
  checkReady(): void {
    if (this.reader.version > 0) return;
    const why = this.settings.isOn
      ? 'HSS has not been read yet'
      : 'The catalog is off on this service: its setting CATALOG says so';
    throw new Problem('catalog-not-ready', why, {
      retryAt: this.clock.now() + notReadyRetryMs,
    });
  }

  /**
   * For routes that only the catalog can answer.
   * @param age of the state that is shown; default: of the newest.
   * @throws Problem `catalog-not-ready`; `upstream-throttled` where it is older than the consumer accepts: it cannot
   * be read anew for one request.
   */
  checkGoodFor(
    { demand, strict }: Pick<RequestContext, 'demand' | 'strict'>,
    age: CatalogAge = ageOf(this.reader),
  ): void {
    this.checkReady();
    const now = this.clock.now();
    const retryAt = now + notReadyRetryMs;
    if (strict && !age.complete)
      throw new Problem('catalog-not-ready', 'The lists of HSS have not been read to their ends', {
        retryAt,
      });
    if (!satisfiesDemand(this.#freshness(age), demand, now))
      throw new Problem(
        'upstream-throttled',
        'The catalog is older than you accept; it is being renewed, but a cursor stays with what it shows',
        { retryAt },
      );
  }

  /** Of what is asked: the place of a cursor, else the beginning of the newest state. @throws Problem */
  async place(route: string, query: { cursor?: string }, context: RequestContext): Promise<PagePosition> {
    this.checkReady();
    const now = this.clock.now();
    const { cursor } = query;
    const { epoch } = this.reader;
    const hash = queryHash(route, conditionsOf(query));
    const given = cursor === undefined ? undefined : readCursor(cursor, hash, epoch, now);
    if (given) await this.#follow(given.version, context);
    const { asOf, complete } = given ?? ageOf(this.reader);
    this.checkGoodFor(context, { asOf, complete });
    const version = given?.version ?? this.reader.version;
    // While the state is the newest nobody can miss anything: the walk begins again with every page.
    const begins = version === this.reader.version ? begunAt(now) : (given?.begunAt ?? begunAt(now));
    const { offset, after } = given ?? { offset: 0, after: null };
    const at = { epoch, version, query: hash, begunAt: begins, asOf, complete };
    return {
      version,
      offset,
      after,
      age: { asOf, complete },
      next: (items, last) => writeCursor({ ...at, offset: offset + items, after: last }),
    };
  }

  /** A data answer that holds until the catalog changes, or the cursors in it have aged by a grain. */
  answer(body: object, age: CatalogAge): DataAnswer {
    const freshness = this.#freshness(age);
    const cursorsUntil = begunAt(this.clock.now()) + cursorGrainMs;
    const validity = { ...freshness.validity, until: Math.min(freshness.validity.until, cursorsUntil) };
    return new DataAnswer(
      { ...body, catalog: markOf(age, this.reader.coverage()) },
      { ...freshness, validity },
    );
  }

  #freshness(age: CatalogAge) {
    return freshnessOfCatalog(this.versions, age, this.lifetimes.lists.freshMs, this.clock.now());
  }

  /** Another instance gave the cursor, and this one has not heard yet of the state that it names. */
  async #follow(version: number, { deadline }: RequestContext): Promise<void> {
    const givesUpAt = this.clock.monotonic() + followWithinMs;
    while (this.reader.version < version) {
      if (this.clock.monotonic() >= givesUpAt)
        throw new Problem('catalog-not-ready', 'This instance has not caught up with the catalog yet');
      await sleep(this.clock, lookEveryMs, deadline.signal);
    }
  }
}

/** How much of each item is shown, and how many, may change on the way through the pages. */
const presentation = new Set(['cursor', 'limit', 'fields', 'facets']);

function conditionsOf(query: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !presentation.has(name)));
}

/** Runs a question; a state that is kept no more is an expired cursor. */
export async function atVersion<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    throw error instanceof VersionGone ? cursorExpired() : error;
  }
}
