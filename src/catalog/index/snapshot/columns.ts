import type { ColumnType } from '../tables/schema.js';
import type { Cell } from '../tables/table-writer.js';

/**
 * A column of a table in a section. Texts are in the header. Numbers are in the body; a byte for each row, which is
 * 1 for null, comes before them if the column has nulls.
 */
export type SavedColumn =
  { type: Exclude<ColumnType, 'VARCHAR'>; hasNulls: boolean } | { texts: (string | null)[] };

const arrays = { INTEGER: Int32Array, BIGINT: BigInt64Array, BOOLEAN: Uint8Array };

export function saveColumn(
  type: ColumnType,
  cells: readonly Cell[],
): { column: SavedColumn; bytes: Uint8Array[] } {
  if (type === 'VARCHAR') return { column: { texts: cells as (string | null)[] }, bytes: [] };
  const values = new arrays[type](cells.length);
  const nulls = new Uint8Array(cells.length);
  let hasNulls = false;
  for (const [index, cell] of cells.entries()) {
    if (cell === null) {
      nulls[index] = 1;
      hasNulls = true;
    } else values[index] = cell as never;
  }
  const bytes = new Uint8Array(values.buffer);
  return { column: { type, hasNulls }, bytes: hasNulls ? [nulls, bytes] : [bytes] };
}

/** Numbers may stay in their typed array, because readers never change them. */
export type Cells = Cell[] | Int32Array | BigInt64Array;

/** Reads the columns of a section, one after the other. */
export class ColumnReader {
  #from = 0;

  constructor(
    private readonly body: Buffer,
    private readonly rows: number,
  ) {}

  next(column: SavedColumn): Cells {
    if ('texts' in column) return column.texts;
    const nulls = column.hasNulls ? this.#take(this.rows) : undefined;
    if (column.type === 'BOOLEAN') return withNulls(Array.from(this.#take(this.rows), Boolean), nulls);
    const Values = arrays[column.type];
    const values = new Values(this.#take(this.rows * Values.BYTES_PER_ELEMENT).buffer);
    return nulls ? withNulls([...values], nulls) : values;
  }

  /** The bytes are copied, because a number of eight bytes must begin at a multiple of eight. */
  #take(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    bytes.set(this.body.subarray(this.#from, this.#from + length));
    this.#from += length;
    return bytes;
  }
}

function withNulls(cells: Cell[], nulls: Uint8Array | undefined): Cell[] {
  nulls?.forEach((isNull, index) => {
    if (isNull === 1) cells[index] = null;
  });
  return cells;
}
