import { Inject, Injectable } from '@nestjs/common';
import { DataAnswer } from '../../http/answer.js';
import { Problem } from '../../http/problem.js';
import type { RequestContext } from '../../http/request-context.js';
import type { Freshness } from '../../endpoints/lists/freshness.js';
import { CLOCK } from '../../injection-tokens.js';
import { CATALOG_SETTINGS, catalogPace, type CatalogSettings } from '../catalog-settings.js';
import { sleep, type Clock } from '../../time/clock.js';
import { CatalogReplay } from '../model/catalog-replay.js';
import { CursorKey } from '../model/cursor-key.js';
import {
  CatalogBusy,
  VersionGone,
  type CatalogReader,
  type CatalogState,
  type SeenImages,
} from '../model/reader.js';
import {
  ageOf,
  CatalogVersions,
  freshnessOfCatalog,
  markOf,
  satisfiesDemand,
  type CatalogAge,
} from './catalog-mark.js';
import { completeAt, renewedAt, walkedAgainAt, type Renewal } from './renewal.js';
import { cursorExpired, queryHash, readCursor, writeCursor } from './cursor.js';

/** The injection token of the CatalogReader. */
export const CATALOG = Symbol('Catalog');

/** The catalog has its first images as soon as the sync has read one block of HSS's list. */
const notReadyRetryMs = 5_000;
/** The catalog of this service stays off until the service starts again with another setting. */
const isOffRetryMs = 60 * 60_000;
/** A cursor can name a version that this instance has not applied yet. A request waits at most this long for it. */
const followWithinMs = 2_000;
/** The interval at which a waiting request checks the version. */
const lookEveryMs = 10;

/** The position of one page: the version of the catalog, and the number of items before the page. */
export interface PagePosition {
  version: number;
  offset: number;
  /** The serial of the last image on the page before. Null for the first page, and for hosts. */
  after: number | null;
  age: CatalogAge;
  /**
   * The cursor of the next page.
   * @param items the number of items on this page.
   * @param last the serial of the last image on this page; null for hosts.
   */
  next(items: number, last: number | null): string;
}

/**
 * The checks that all routes of the catalog share: the catalog is ready, its age is accepted, and a cursor's
 * version is still kept. This class builds the answers as well, and never calls HSS.
 */
@Injectable()
export class CatalogAccess {
  readonly versions: CatalogVersions;
  /** The last purge that a request has waited for in vain. */
  #latePurge: number | undefined;

  constructor(
    @Inject(CATALOG) readonly reader: CatalogReader,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CATALOG_SETTINGS) private readonly settings: CatalogSettings,
    readonly cursorKey: CursorKey,
    private readonly replay: CatalogReplay,
  ) {
    this.versions = new CatalogVersions(reader);
  }

  /** Whether the catalog has images that show its present state. */
  get isThere(): boolean {
    return this.reader.version > 0 && !this.replay.isBehind;
  }

  /** @throws Problem `catalog-not-ready` before the catalog has its first images, and while it is being loaded. */
  checkReady(): void {
    if (this.isThere) return;
    const why = this.replay.isBehind
      ? 'This instance is loading the catalog'
      : this.settings.isOn
        ? 'HSS has not been read yet'
        : 'The setting CATALOG of this service turns the catalog off';
    const retryMs = this.settings.isOn ? notReadyRetryMs : isOffRetryMs;
    throw new Problem('catalog-not-ready', why, { retryAt: this.clock.now() + retryMs });
  }

  /** The wall time (ms) from which both lists are expected to be read to their ends. */
  get completeAt(): number {
    return completeAt(this.#renewal);
  }

  /** The earliest wall time (ms) at which rows that only a walk reads are newer. */
  get walkedAgainAt(): number {
    return walkedAgainAt(this.#renewal);
  }

  /**
   * Checks that the catalog is ready, and fresh enough for the consumer.
   * @param age the age of the version in the answer. Default: the age of the newest version.
   * @param isReplaced whether other data have replaced the data of this version.
   * @throws Problem `catalog-not-ready`; `upstream-throttled` when the catalog is older than the consumer accepts,
   * because the service cannot read the catalog again for one request; `cursor-expired` when only the version of a
   * cursor is too old.
   */
  checkGoodFor(
    { demand, strict }: Pick<RequestContext, 'demand' | 'strict'>,
    age: CatalogAge = ageOf(this.reader),
    isReplaced = false,
  ): void {
    this.checkReady();
    if (strict && !age.complete)
      throw new Problem('catalog-not-ready', 'The service has not read the lists of HSS to the end yet', {
        retryAt: this.completeAt,
      });
    const isGood = (asOf: number, at: number) =>
      satisfiesDemand(this.#freshness({ ...age, asOf }, at), demand, at);
    const mustBeRead = age.isUnread && demand.maxAgeMs !== undefined;
    if (!mustBeRead && isGood(age.asOf, this.clock.now())) return;
    if (isReplaced)
      throw new Problem(
        'cursor-expired',
        'The state of this cursor is older than you accept: start again without a cursor',
      );
    throw new Problem(
      'upstream-throttled',
      'The catalog is older than you accept. The service reads it again on its own schedule',
      { retryAt: age.isUnread ? this.completeAt : renewedAt(this.#renewal, isGood) },
    );
  }

  /**
   * The position that the query's cursor names. If the query has no cursor: the first page of the newest version.
   * @throws Problem
   */
  async position(route: string, query: { cursor?: string }, context: RequestContext): Promise<PagePosition> {
    this.checkReady();
    const { cursor } = query;
    const { epoch } = this.reader;
    // A page of one consumer says nothing to a consumer that sees other images.
    const { texts: namespaces } = context.namespaces ?? {};
    const hash = queryHash(route, { ...conditionsOf(query), namespaces });
    const given = cursor === undefined ? undefined : readCursor(this.cursorKey, cursor, hash, epoch);
    if (given) await this.#follow(given.version, context);
    await this.#followPurges(context);
    const { purges } = this.reader;
    const images = this.reader.seenBy(context.namespaces);
    const { dataVersion } = images;
    const isReplaced = given !== undefined && given.version < dataVersion;
    const { version, changedAt, sync } = isReplaced ? stateOf(given.version, images) : this.reader;
    const age = ageOf({ changedAt, sync, purges });
    this.checkGoodFor(context, age, isReplaced);
    const { offset, after } = given ?? { offset: 0, after: null };
    const at = { epoch, version: given?.version ?? dataVersion, query: hash };
    return {
      version,
      offset,
      after,
      age,
      next: (items, last) => writeCursor(this.cursorKey, { ...at, offset: offset + items, after: last }),
    };
  }

  /** An answer that holds until the catalog changes. */
  answer(body: object, age: CatalogAge, { namespaces }: Pick<RequestContext, 'namespaces'>): DataAnswer {
    const mark = markOf(age, this.reader.seenBy(namespaces).coverage());
    return new DataAnswer({ ...body, catalog: mark }, this.#freshness(age));
  }

  get #renewal(): Renewal {
    const { rate, lifetimes } = this.settings;
    const intervalMs = rate.windowMs / rate.limit;
    const { deltaEveryMs } = catalogPace(lifetimes);
    return { sync: this.reader.sync, now: this.clock.now(), intervalMs, deltaEveryMs };
  }

  #freshness(age: CatalogAge, now = this.clock.now()): Freshness {
    const { freshMs } = catalogPace(this.settings.lifetimes);
    const found = freshnessOfCatalog(this.versions, age.asOf, freshMs, now);
    // The page of an older version ends with the version, so a stale page is made anew each time.
    const validity = { ...found.validity, until: found.freshUntil };
    const freshness: Freshness = { ...found, validity };
    return age.isUnread ? { ...freshness, status: 'stale', freshUntil: Math.min(now, age.asOf) } : freshness;
  }

  /**
   * Waits a moment for the step that takes a purge over: filters match what the newest version contains. Without a
   * syncing instance the answer shows nothing purged all the same.
   */
  async #followPurges({ deadline }: RequestContext): Promise<void> {
    const givesUpAt = this.clock.monotonic() + followWithinMs;
    for (let { purges } = this.reader; purges.isPending; { purges } = this.reader) {
      // A large catalog can take a minute. Later requests do not wait again for the same purge.
      if (this.clock.monotonic() >= givesUpAt) this.#latePurge = purges.known;
      if (this.#latePurge === purges.known) return;
      await sleep(this.clock, lookEveryMs, deadline.signal);
    }
  }

  /** Waits for the version of a cursor from another instance, if this instance has not applied the version yet. */
  async #follow(version: number, { deadline }: RequestContext): Promise<void> {
    const givesUpAt = this.clock.monotonic() + followWithinMs;
    while (this.reader.version < version) {
      if (this.clock.monotonic() >= givesUpAt)
        throw new Problem('catalog-not-ready', 'This instance has not caught up with the catalog yet');
      await sleep(this.clock, lookEveryMs, deadline.signal);
    }
  }
}

/** Parameters that can change between the pages of one walk. */
const presentation = new Set(['cursor', 'limit', 'fields', 'facets']);

function conditionsOf(query: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !presentation.has(name)));
}

/** The answer of a question. The errors of the reader become problems: an expired cursor, or a full line. */
export async function atVersion<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    throw asProblem(error);
  }
}

function stateOf(version: number, images: SeenImages): CatalogState {
  try {
    return images.stateOf(version);
  } catch (error) {
    throw asProblem(error);
  }
}

function asProblem(error: unknown): unknown {
  if (error instanceof VersionGone) return cursorExpired();
  if (error instanceof CatalogBusy)
    return new Problem('overloaded', 'Too many of your questions to the catalog are waiting', {
      retryAt: error.retryAt,
    });
  return error;
}
