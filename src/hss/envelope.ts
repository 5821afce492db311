/** Reads the envelope that all four list answers of HSS share. Never looks into the rows. */
import { toInteger, type Integer } from '../json/lossless.js';
import { UpstreamError } from './errors.js';

/** One unread row of an HSS list. Only the endpoint that asked for the list knows the fields. */
export type RawRow = Readonly<Record<string, unknown>>;

/** The answer of each of the four list calls. */
export interface RawList {
  /** The number of all matching rows, not only of this page; null if HSS did not say. */
  total: Integer | null;
  rows: RawRow[];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads `{total_num, data_list}`. Lenient about missing fields, strict about answers that would wrongly read as
 * "no rows".
 */
export function readList(body: unknown): RawList {
  if (!isRecord(body)) throw notUnderstood('The answer of HSS is not an object');
  const total = readTotal(body['total_num']);
  const list = body['data_list'] ?? undefined;
  if (list === undefined) {
    // An answer that announces rows and sends none is not an empty list.
    if (toInteger(body['total_num'] ?? 0) !== 0) throw notUnderstood('HSS announced rows and sent none');
    return { total, rows: [] };
  }
  if (!Array.isArray(list)) throw notUnderstood('The rows of HSS are not a list');
  // A row that is not an object keeps its place, so that offsets stay true.
  return { total, rows: list.map((row: unknown) => (isRecord(row) ? row : {})) };
}

function readTotal(value: unknown): Integer | null {
  const total = toInteger(value);
  return total !== null && total >= 0 ? total : null;
}

function notUnderstood(detail: string): UpstreamError {
  return new UpstreamError('upstream-invalid-response', detail);
}
