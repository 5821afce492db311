import { createHash } from 'node:crypto';
import { Problem } from '../../http/problem.js';
import { invalid } from '../../http/validation.js';

/** How long a walk through the pages of one answer may take. */
const cursorLifeMs = 15 * 60_000;
/** A page asked for twice within a minute has the same bytes, and so the same ETag. */
export const cursorGrainMs = 60_000;
/** Clocks of instances differ by no more: what seems to have begun later was not written by any of them. */
const mostSkewMs = 60_000;
const furthestOffset = 100_000_000;
/** What a Date can hold. */
const lastMoment = 8.64e15;

/** A place in the answer to a query, as one state of the catalog has it. All instances understand it. */
export interface Cursor {
  epoch: string;
  version: number;
  /** How many items came before. */
  offset: number;
  /** What an item of it follows: see ImageQuery; null for hosts. */
  after: number | null;
  /** Of what was asked, so that the cursor of another query is told from this one's. */
  query: string;
  /** When the state was still the newest; wall time in ms. */
  begunAt: number;
  /** What was said of the state: later pages say the same. */
  asOf: number;
  complete: boolean;
}

/** @param now wall time in ms. @returns the beginning of a walk that starts now. */
export function begunAt(now: number): number {
  return now - (now % cursorGrainMs);
}

/** The same for equal queries, whatever the order of their parameters. */
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
 * @param query the hash of what is asked now. @param now wall time in ms.
 * @throws Problem `invalid-request` for what is none, or one of another query; `cursor-expired`.
 */
export function readCursor(text: string, query: string, epoch: string, now: number): Cursor {
  const cursor = parse(text);
  if (!cursor || cursor.begunAt > now + mostSkewMs)
    throw invalid({ field: 'cursor', message: 'must be as it came in nextCursor' });
  if (cursor.query !== query)
    throw invalid({
      field: 'cursor',
      message: 'belongs to another query: filters, sort and match must stay',
    });
  if (cursor.epoch !== epoch || now >= cursor.begunAt + cursorLifeMs) throw cursorExpired();
  return cursor;
}

export function cursorExpired(): Problem {
  return new Problem('cursor-expired', 'A cursor lives 15 minutes: start again without one');
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
  // State 0 is no state: its answer would be "none". A time past the last one there is cannot be shown.
  if (version === 0 || asOf > lastMoment) return undefined;
  if (offset > furthestOffset || (complete !== 0 && complete !== 1)) return undefined;
  return { epoch, version, offset, after, query, begunAt, asOf, complete: complete === 1 };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
