/** How far the catalog is: the mark of every answer, and the status route. */
import {
  about,
  count,
  flag,
  object,
  orNull,
  ref,
  text,
  textOrNull,
  time,
  timeOrNull,
} from '../schema-parts.js';

export const catalogStatusSchemas = {
  KnownOfTotal: object({ known: count, total: count }),
  ListAge: about(
    'walkedAt: every row was read at this time or later, and absence is as old as this time. deltaAt: all scans before this time show. updatesAt: all changes before this time show that move a row’s update time. countedAt: rows that came or went before this time have changed HSS’s count, and the sync looks for them. risksAt: the riskiest rows, and those with containers, were read at this time or later.',
    object({
      walkedAt: timeOrNull,
      deltaAt: timeOrNull,
      updatesAt: timeOrNull,
      countedAt: timeOrNull,
      risksAt: timeOrNull,
    }),
  ),
  CatalogMark: object({
    asOf: about('The catalog holds the lists of HSS as of this time', time),
    complete: about('False until both lists have been read to their ends', flag),
    coverage: about(
      'The number of images whose content is known',
      object({ baseOs: ref('KnownOfTotal'), files: ref('KnownOfTotal') }),
    ),
    lists: object({ registry: ref('ListAge'), local: ref('ListAge') }),
  }),
  ListProgress: object({
    rows: about('Null for a key that sees only some namespaces', orNull(count)),
    total: orNull(count),
    walk: orNull(
      object({
        startedAt: time,
        pagesDone: count,
        pagesExpected: orNull(count),
        again: about('This walk reads the rows that the walk before missed', flag),
      }),
    ),
    walkedAt: about('The start of the last complete walk', timeOrNull),
    deltaAt: about('The time of the last look for new scans', timeOrNull),
  }),
  ContentProgress: object({
    known: count,
    total: count,
    expectedEndAt: about('The expected end if consumers make no calls', timeOrNull),
  }),
  CatalogStatus: object({
    ready: about('False until the first block of a list was read', flag),
    complete: flag,
    asOf: timeOrNull,
    epoch: about('Null for a key that sees only some namespaces', textOrNull),
    version: about('Null for a key that sees only some namespaces', orNull(count)),
    registry: ref('ListProgress'),
    local: ref('ListProgress'),
    calls: about('Null for a key that sees only some namespaces', orNull(count)),
    expectedEndAt: about('The expected end of the walk if consumers make no calls', timeOrNull),
    coverage: object({ baseOs: ref('ContentProgress'), files: ref('ContentProgress') }),
    syncingInstance: textOrNull,
    waitingFor: about('redis: the sync reads nothing while Redis is away; new values may appear', textOrNull),
    enterpriseProjectId: about('The enterprise project of the catalog; 0 hides other projects', textOrNull),
    lastError: orNull(object({ at: time, code: text })),
    catalog: orNull(ref('CatalogMark')),
  }),
};
