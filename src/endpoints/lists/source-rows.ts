/**
 * The rows of HSS's lists as HSS sent them, for the clients that read HSS's own form. A row is kept as JSON text with
 * its documented fields only, so that no field is stored that nobody has looked at.
 */
import { isRecord, type RawRow } from '../../hss/envelope.js';
import { stringifyJson } from '../../json/lossless.js';

/** The names of the documented fields of a row. `nested` names the fields of the rows inside a field. */
export interface DocumentedFields {
  own: readonly string[];
  nested?: Readonly<Record<string, readonly string[]>>;
}

/** A row as JSON text. A field is null or absent where HSS sent null or nothing; integers keep every digit. */
export type SourceRow = string;

export function sourceRow(raw: RawRow, { own, nested = {} }: DocumentedFields): SourceRow {
  const row = onlyFields(raw, own);
  for (const [name, fields] of Object.entries(nested)) {
    if (!Object.hasOwn(raw, name)) continue;
    const value = raw[name];
    row[name] = Array.isArray(value)
      ? value.map((each: unknown) => (isRecord(each) ? onlyFields(each, fields) : {}))
      : null;
  }
  return stringifyJson(row);
}

/** Values of a type that HSS does not document for a single field, such as an object, become null. */
function onlyFields(raw: RawRow, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(raw, name))
      .map((name) => [name, typeof raw[name] === 'object' ? null : raw[name]]),
  );
}
