import { createHash } from 'node:crypto';
import { Problem } from '../../http/problem.js';
import { invalid } from '../../http/validation.js';

/** The time that a consumer has for the pages of one answer. */
const cursorLifeMs = 15 * 60_000;
/** Start times are rounded down to the minute, so equal requests of one minute have equal bytes and one ETag. */
export const cursorGrainMs = 60_000;
/** The largest difference between clocks of instances. No instance has written a cursor that begins later. */
const mostSkewMs = 60_000;
const furthestOffset = 100_000_000;
/** The latest time that a Date can hold. */
const lastMoment = 8.64e15;

/**
 * A place in the answer to a query, in one version of the catalog. Consumers get it as opaque text. Every instance
 * can read the cursor of another instance.
 */
export interface Cursor {
  epoch: string;
  version: number;
  /** The number of items on the pages before. */
  offset: number;
  /** The serial of the last image on the page before. Null for hosts. */
  after: number | null;
  /** The hash of the query: the cursor of one query does not work for another query. */
  query: string;
  /** A wall time (ms) at which the version was still the newest. */
  begunAt: number;
  /** The state of the catalog that the first page showed. Later pages show the same. */
  asOf: number;
  complete: boolean;
}

/** @param now wall time in ms. @returns the start time of a walk that begins now, rounded down to the minute. */
export function begunAt(now: number): number {
  return now - (now % cursorGrainMs);
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

export function writeCursor(cursor: Cursor): string {
  const { epoch, version, offset, after, query, begunAt, asOf, complete } = cursor;
  const fields = [epoch, version, offset, after, query, begunAt, asOf, complete ? 1 : 0];
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

/**
 * @param query the hash of the query of this request. @param now wall time in ms.
 * @throws Problem `invalid-request` for a text that is no cursor or a cursor of another query; `cursor-expired`.
 */
export function readCursor(text: string, query: string, epoch: string, now: number): Cursor {
  const cursor = parse(text);
  if (!cursor || cursor.begunAt > now + mostSkewMs)
    throw invalid({ field: 'cursor', message: 'must be the nextCursor of an earlier answer' });
  if (cursor.query !== query)
    throw invalid({
      field: 'cursor',
      message: 'belongs to another query: filters, sort and match must stay the same',
    });
  if (cursor.epoch !== epoch || now >= cursor.begunAt + cursorLifeMs) throw cursorExpired();
  return cursor;
}

export function cursorExpired(): Problem {
  return new Problem('cursor-expired', 'A cursor is valid for 15 minutes: start again without a cursor');
}

function parse(text: string): Cursor | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 8) return undefined;
  const [epoch, version, offset, after, query, begunAt, asOf, complete] = fields as unknown[];
  if (typeof epoch !== 'string' || typeof query !== 'string') return undefined;
  if (!isCount(version) || !isCount(offset) || !isCount(begunAt) || !isCount(asOf)) return undefined;
  if (after !== null && !isCount(after)) return undefined;
  // Version 0 is the empty catalog, which has no pages. An answer cannot show a time later than a Date can hold.
  if (version === 0 || asOf > lastMoment) return undefined;
  if (offset > furthestOffset || (complete !== 0 && complete !== 1)) return undefined;
  return { epoch, version, offset, after, query, begunAt, asOf, complete: complete === 1 };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
