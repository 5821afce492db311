import { createHash } from 'node:crypto';
import { Problem } from '../../http/problem.js';
import { invalid } from '../../http/validation.js';
import type { CursorKey } from '../model/cursor-key.js';
import { openText, sealText } from './sealed-text.js';

/**
 * A place in the answer to a query, in one version of the catalog. Consumers get it as opaque, authenticated text.
 * Every instance can read the cursor of another instance, and equal pages have equal cursors: a cursor holds no time,
 * and names the version in which the data last changed. The catalog keeps data for 15 minutes after other data have
 * replaced them, and the cursor works that long.
 */
export interface Cursor {
  epoch: string;
  /** The first version with the data of the first page. */
  version: number;
  /** The number of items on the pages before. */
  offset: number;
  /** The serial of the last image on the page before. Null for hosts. */
  after: number | null;
  /** The hash of the query: the cursor of one query does not work for another query. */
  query: string;
}

/** A hash of the query. The order of the parameters does not matter. */
export function queryHash(route: string, query: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([route, pairs]))
    .digest('base64url')
    .slice(0, 12);
}

export function writeCursor(key: CursorKey, cursor: Cursor): string {
  const { epoch, version, offset, after, query } = cursor;
  return sealText(key, 'cursor', JSON.stringify([epoch, version, offset, after, query]));
}

/**
 * @param query the hash of the query of this request.
 * @throws Problem `invalid-request` for a changed text, any other text, or a cursor of another query;
 * `cursor-expired` for a cursor of another key or of another catalog.
 */
export function readCursor(key: CursorKey, text: string, query: string, epoch: string): Cursor {
  const opened = openText(key, 'cursor', text);
  if (opened === 'unknown-key') throw cursorExpired();
  if (opened === 'changed')
    throw invalid({ field: 'cursor', message: 'must be the nextCursor of an earlier answer' });
  // The content is authentic, so `writeCursor` of some instance wrote it.
  const [ofEpoch, version, offset, after, ofQuery] = JSON.parse(opened.content) as [
    string,
    number,
    number,
    number | null,
    string,
  ];
  if (ofQuery !== query)
    throw invalid({
      field: 'cursor',
      message: 'belongs to another query: filters, sort and match must stay the same',
    });
  if (ofEpoch !== epoch) throw cursorExpired();
  return { epoch, version, offset, after, query };
}

export function cursorExpired(): Problem {
  return new Problem(
    'cursor-expired',
    'The service no longer keeps the version of this cursor: start again without a cursor',
  );
}
