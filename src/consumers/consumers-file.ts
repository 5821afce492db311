/**
 * Reads the text of the consumers file (YAML, and so JSON), and finds the faults between entries: ids, keys and JWT
 * subjects that stand twice. Knows no former state; consumers.ts decides what a bad entry means.
 */
import { parseDocument } from 'yaml';
import { isFields, readEntry, type EntryReading } from './consumer-entry.js';

/** The text is no consumers file at all. The message shows nothing of the text. */
export class BrokenConsumersFile extends Error {}

/** What is given elsewhere, such as in API_KEYS, and may not stand in the file again. */
export interface Taken {
  readonly ids: ReadonlySet<string>;
  readonly hashes: ReadonlySet<string>;
}

/** One entry, with all texts that stand in it: also those of fields that cannot be read. */
export interface FoundEntry extends EntryReading {
  readonly texts: ReadonlySet<string>;
}

/** @throws BrokenConsumersFile */
export function readConsumersFile(text: string, taken: Taken): FoundEntry[] {
  const found = entriesOf(text).map((raw) => ({ ...readEntry(raw), texts: new Set(textsOf(raw)) }));
  const double = doublesAmong(found, taken);
  return found.map((reading) => {
    const faults = [...reading.faults, ...double(reading)];
    return { ...reading, faults, entry: faults.length > 0 ? null : reading.entry };
  });
}

/** The faults of all entries, one line each. */
export function faultsAmong(found: readonly FoundEntry[]): string[] {
  return found.flatMap(({ id, faults }, at) =>
    faults.map((fault) => `consumer ${at + 1}${id === null ? '' : ` (${id})`}: ${fault}`),
  );
}

function entriesOf(text: string): unknown[] {
  // With this schema every scalar is text: a hash of digits only is no number, and `no` is no boolean.
  const document = parseDocument(text, { schema: 'failsafe', logLevel: 'silent' });
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line;
    throw new BrokenConsumersFile(`it is not YAML${line === undefined ? '' : `: see line ${line}`}`);
  }
  let content: unknown;
  try {
    content = document.toJS();
  } catch {
    throw new BrokenConsumersFile('its aliases cannot be resolved');
  }
  const names = isFields(content) ? Object.keys(content) : [];
  const consumers = isFields(content) ? content['consumers'] : undefined;
  if (!Array.isArray(consumers) || names.length > 1)
    throw new BrokenConsumersFile('it must hold `consumers` with a list of entries, and nothing else');
  return consumers;
}

/** @returns the faults of an entry because of other entries. All entries that share a value are bad. */
function doublesAmong(found: readonly EntryReading[], taken: Taken): (reading: EntryReading) => string[] {
  const count = (values: readonly (string | null)[], also: Iterable<string> = []) => {
    const counts = new Map<string, number>([...also].map((value) => [value, 1]));
    for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
    return (value: string) => (counts.get(value) ?? 0) > 1;
  };
  const isDoubleId = count(
    found.map(({ id }) => id),
    taken.ids,
  );
  const isDoubleKey = count(found.flatMap(hashesOf), taken.hashes);
  const isDoubleSubject = count(found.flatMap(({ entry }) => entry?.jwt ?? []));
  const isDoubleAccessKey = count(found.flatMap(({ entry }) => entry?.sdk.map(({ ak }) => ak) ?? []));
  return (reading) => [
    ...(reading.id !== null && isDoubleId(reading.id) ? ['has an id that is given twice'] : []),
    ...(hashesOf(reading).some(isDoubleKey) ? ['has a key that is given twice'] : []),
    ...((reading.entry?.sdk ?? []).some(({ ak }) => isDoubleAccessKey(ak))
      ? ['has an access key that is given twice']
      : []),
    ...((reading.entry?.jwt ?? []).some(isDoubleSubject) ? ['has a JWT subject that is given twice'] : []),
  ];
}

function hashesOf({ entry }: EntryReading): string[] {
  return entry?.keys.map(({ sha256 }) => sha256) ?? [];
}

/** All texts in the value, and their lower-case forms, because hex digits may have either case. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value, value.toLowerCase()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** The system's code for a file that cannot be read, such as ENOENT. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unreadable';
}
