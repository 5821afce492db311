import type { ReadContext } from '../../cache/read-context.js';
import { worst, type Freshness } from './freshness.js';
import type { HssList } from './hss-list.js';
import type { ListReader } from './list-reader.js';

/**
 * Reads a short list from its start, at most `mostBlocks` blocks.
 * @returns the rows, as old as the oldest block.
 * @throws like ListReader.page.
 */
export async function readBlocks<Row>(
  reader: Pick<ListReader, 'blocks'>,
  list: HssList<Row>,
  mostBlocks: number,
  readContext: ReadContext,
): Promise<{ rows: Row[]; freshness: Freshness }> {
  const rows: Row[] = [];
  const read: Freshness[] = [];
  for await (const page of reader.blocks(list, mostBlocks, readContext)) {
    rows.push(...page.rows);
    read.push(page.freshness);
  }
  return { rows, freshness: worst(read) };
}
