import { isDeepStrictEqual } from 'node:util';
import type { HostRecord, ImageDocument } from '../../model/documents.js';

/**
 * The differences of a host's row from the first row. `key`: the number of equal characters at the beginning, and the
 * rest.
 */
interface SlimRecord {
  key: [shared: number, rest: string];
  readAt?: number;
  row: Partial<HostRecord['row']>;
}

/**
 * The form of a document in its block. The rows of one image's hosts are nearly the same, and parsing equal text for
 * each host would take most of the time. So only the first row is whole.
 */
export interface SlimDocument extends ImageDocument {
  /** The rows after the first row, as differences from the first row. */
  others: SlimRecord[];
}

export function slim(document: ImageDocument): SlimDocument {
  const [first, ...others] = document.onHosts;
  if (!first) return { ...document, others: [] };
  return { ...document, onHosts: [first], others: others.map((other) => slimRecord(other, first)) };
}

export function whole({ others, ...document }: SlimDocument): ImageDocument {
  const [first] = document.onHosts;
  if (!first) return document;
  for (const { key, readAt = first.readAt, row } of others) {
    const rowKey = first.rowKey.slice(0, key[0]) + key[1];
    document.onHosts.push({ rowKey, readAt, row: { ...first.row, ...row } });
  }
  return document;
}

function slimRecord({ rowKey, readAt, row }: HostRecord, first: HostRecord): SlimRecord {
  let shared = 0;
  while (shared < rowKey.length && rowKey[shared] === first.rowKey[shared]) shared += 1;
  const differs = ([field, value]: [string, unknown]) =>
    !isDeepStrictEqual(value, first.row[field as keyof HostRecord['row']]);
  return {
    key: [shared, rowKey.slice(shared)],
    ...(readAt === first.readAt ? {} : { readAt }),
    row: Object.fromEntries(Object.entries(row).filter(differs)),
  };
}
