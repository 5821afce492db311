import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { View } from '../../consumers/consumer.js';
import type { Namespaces } from '../../domain/namespaces.js';
import type { DataAnswer } from '../../http/answer.js';
import { link, PublicPaths } from '../../http/links.js';
import { Problem } from '../../http/problem.js';
import type { RequestContext } from '../../http/request-context.js';
import { timeToMs } from '../../http/time.js';
import { invalid } from '../../http/validation.js';
import type { CursorKey } from '../model/cursor-key.js';
import { eventKinds, hostEventKinds } from '../model/catalog-event.js';
import { HistoryGone, type ChangeFilter, type ChangesSource } from '../model/sources.js';
import { CatalogAccess } from '../lookup/catalog-access.js';
import { ageOf } from '../lookup/catalog-mark.js';
import { openText, sealText } from '../lookup/sealed-text.js';
import { defaultChanges, type ChangesQuery } from './catalog-images.query.js';
import { readWords } from './filter-words.js';

/** The injection token of the ChangesSource. */
export const CATALOG_CHANGES = Symbol('CatalogChanges');

/** A mark of release 0.1.0, whose consumers have to start again. */
const unsealed = /^[^.]+\.\d+\.\d+$/;

/** The changes of the catalog, for consumers that keep a copy of it. */
@Injectable()
export class Changes {
  constructor(
    private readonly access: CatalogAccess,
    @Inject(CATALOG_CHANGES) private readonly source: ChangesSource,
    private readonly paths: PublicPaths,
  ) {}

  /** @throws Problem `cursor-expired` when the history no longer reaches back to `since`. */
  async since(query: ChangesQuery, context: RequestContext): Promise<DataAnswer> {
    this.access.checkGoodFor(context);
    const limit = Number(query.limit ?? defaultChanges);
    const age = ageOf(this.access.reader);
    const { kind, severity, imageId, hostId, hostName } = query;
    // The DTO has checked the words.
    const words = severity === undefined ? undefined : readWords('severity', severity)?.any;
    const kinds = kindsFor(context.principal.consumer.view, kind?.split(','));
    const namespaces = context.namespaces ?? undefined;
    const filter = { kind: kinds, severity: words, imageId, hostId, hostName, namespaces };
    const { items, mark: place, hasMore } = await this.#read(query.since, limit, filter);
    const mark = sealMark(this.access.cursorKey, place, context);
    const next = hasMore
      ? link(this.paths.of('/v1/catalog/changes'), { ...query, since: mark, limit })
      : null;
    const shown = items.map(({ key: _key, version: _version, at, severity: told = null, ...event }) => {
      return { at: new Date(at).toISOString(), ...event, severity: told };
    });
    return this.access.answer({ items: shown, limit, next, nextSince: mark }, age, context);
  }

  async #read(since: string | undefined, limit: number, filter: ChangeFilter) {
    const time = since === undefined ? undefined : timeToMs(since);
    const isMark = since !== undefined && time === undefined;
    const place = isMark ? this.#open(since, filter) : undefined;
    try {
      return await this.source.since(time === undefined ? place : Number(time), limit, filter);
    } catch (error) {
      throw error instanceof HistoryGone ? historyGone() : error;
    }
  }

  #open(mark: string, { namespaces }: ChangeFilter): string {
    if (unsealed.test(mark)) throw historyGone();
    const opened = openText(this.access.cursorKey, 'mark', mark);
    if (opened === 'unknown-key') throw historyGone();
    if (opened === 'changed')
      throw invalid({ field: 'since', message: 'must be the nextSince of an earlier answer, or a time' });
    const [place = '', seenBy = ''] = opened.content.split(' ');
    // A place among the changes that another consumer sees says nothing here.
    if (seenBy !== viewOf(namespaces)) throw historyGone();
    return place;
  }
}

/** The text that stands for a place among the changes that a consumer sees. */
export function sealMark(
  key: CursorKey,
  place: string,
  { namespaces }: Pick<RequestContext, 'namespaces'>,
): string {
  return sealText(key, 'mark', namespaces ? `${place} ${viewOf(namespaces)}` : place);
}

function viewOf(namespaces: Namespaces | undefined): string {
  return namespaces ? hash('sha256', namespaces.key, 'base64url').slice(0, 12) : '';
}

/** A consumer that may not see hosts does not learn of their changes. */
function kindsFor({ hosts }: View, asked: readonly string[] | undefined): readonly string[] | undefined {
  return hosts ? asked : (asked ?? eventKinds).filter((kind) => !hostEventKinds.some((of) => of === kind));
}

function historyGone(): Problem {
  return new Problem(
    'cursor-expired',
    'The history does not reach back to this change: read the whole catalog again by an export, then continue from the X-Catalog-Mark of the export',
  );
}
