import { Inject, Injectable } from '@nestjs/common';
import type { FreshnessDemand } from '../cache/freshness-demand.js';
import { satisfiesDemand } from '../catalog/lookup/catalog-mark.js';
import {
  dependingOn,
  withDocument,
  type KnownImage,
  type NamedRecords,
} from '../catalog/lookup/known-image.js';
import { KnownImages } from '../catalog/lookup/known-images.js';
import { hostRecord, registryRecords, type Keyed } from '../catalog/model/rows.js';
import { seesRow } from '../catalog/model/seen.js';
import { worst, type Freshness } from '../endpoints/lists/freshness.js';
import { Problem } from '../http/problem.js';
import type { RequestContext } from '../http/request-context.js';
import { CLOCK } from '../injection-tokens.js';
import type { Clock } from '../time/clock.js';
import { NameSearch, type NamedRows } from './name-search.js';

/** An image of the catalog with the newest rows that the request could get. */
export interface FreshImage {
  known: KnownImage;
  /** The age of the rows of each name. */
  ages: ReadonlyMap<NamedRecords, Freshness>;
}

/** Calls of HSS that one request makes side by side. */
const mostCalls = 4;

/**
 * Brings the rows of an image to the age that a request demands. Rows that the cache holds replace older rows of the
 * catalog, so that no answer goes back in time. Rows that are still too old are read from HSS, with one call for each
 * name.
 */
@Injectable()
export class FreshRows {
  constructor(
    private readonly names: NameSearch,
    private readonly catalog: KnownImages,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The image as the cache and the catalog know it. Never calls HSS. */
  async held(inCatalog: KnownImage, enterpriseProjectId: string | undefined): Promise<FreshImage> {
    const newer = new Map<NamedRecords, NamedRows>();
    const look = async (named: NamedRecords) => {
      const rows = named.search && (await this.names.held(named.search, enterpriseProjectId));
      if (rows && rows.freshness.fetchedAt > named.readAt) newer.set(named, rows);
    };
    await Promise.all(inCatalog.names.map(look));
    const searches = inCatalog.names.flatMap(({ search }) => search ?? []);
    const known = dependingOn(
      inCatalog,
      searches.map((search) => this.names.dependencyOn(search, enterpriseProjectId)),
    );
    const ofCatalog = known.names.map((named) => [named, known.freshnessAt(named.readAt)] as const);
    return withRows({ known, ages: new Map(ofCatalog) }, newer);
  }

  /** The image as HSS shows it now, under these names. @throws like ListReader.page; Problem. */
  async read(
    image: FreshImage,
    tooOld: readonly NamedRecords[],
    enterpriseProjectId: string | undefined,
    context: RequestContext,
  ): Promise<FreshImage> {
    const read = new Map<NamedRecords, NamedRows>();
    const queue = tooOld.values();
    const work = async () => {
      for (const named of queue) {
        if (!named.search) throw this.outOfReach();
        read.set(named, await this.names.read(named.search, enterpriseProjectId, context));
      }
    };
    await Promise.all(Array.from({ length: Math.min(mostCalls, tooOld.length) }, work));
    return withRows(image, read);
  }

  /** The problem of a request for newer data of an image that HSS cannot be asked for by name. */
  outOfReach(): Problem {
    const detail = 'Only the catalog knows this image, and the catalog is older than you accept';
    return new Problem('upstream-throttled', detail, { retryAt: this.catalog.walkedAgainAt });
  }

  /** The names whose rows a purge has made unread, or that are older than the request demands. */
  tooOld({ ages }: FreshImage, demand: FreshnessDemand): NamedRecords[] {
    const now = this.clock.now();
    const isTooOld = (age: Freshness) => age.fetchedAt === 0 || !satisfiesDemand(age, demand, now);
    return [...ages].flatMap(([named, age]) => (isTooOld(age) ? [named] : []));
  }
}

/** The age of the oldest row, and of the knowledge which image has the requested name. */
export function ageOf({ known, ages }: FreshImage): Freshness {
  const { resolvedAt, freshnessAt } = known;
  const ofRows = worst([...ages.values()]);
  if (resolvedAt === null) return { ...ofRows, status: 'stale' };
  return resolvedAt === Infinity ? ofRows : worst([ofRows, freshnessAt(resolvedAt)]);
}

/** Puts newer rows in the place of the rows of their names. A row that HSS does not show any more is left out. */
function withRows({ known, ages }: FreshImage, newer: ReadonlyMap<NamedRecords, NamedRows>): FreshImage {
  if (newer.size === 0) return { known, ages };
  const { document } = known;
  const replaced = new Set([...newer.keys()].flatMap(({ rowKeys }) => [...rowKeys]));
  const kept = <Record extends { rowKey: string }>(records: readonly Record[]) =>
    records.filter(({ rowKey }) => !replaced.has(rowKey));
  const found = [...newer.values()];
  const entries = found.flatMap((named) =>
    named.list === 'registry'
      ? named.rows
          .filter((row) => seesRow(known.namespaces, row))
          .flatMap((row) => registryRecords(row, named.freshness.fetchedAt))
      : [],
  );
  const onHosts = found.flatMap((named) =>
    named.list === 'local' ? named.rows.map((row) => hostRecord(row, named.freshness.fetchedAt)) : [],
  );
  const changed = {
    ...document,
    entries: [...kept(document.entries), ...recordsOf(document.key, entries)],
    onHosts: [...kept(document.onHosts), ...recordsOf(document.key, onHosts)],
  };
  const agesNow = [...ages].map(([named, age]) => [named, newer.get(named)?.freshness ?? age] as const);
  return { known: withDocument(known, changed), ages: new Map(agesNow) };
}

function recordsOf<Record>(key: string, records: readonly Keyed<Record & object>[]) {
  return records.flatMap(({ key: of, ...record }) => (of === key ? [record] : []));
}
