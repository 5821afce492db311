import { LRUCache } from 'lru-cache';
import { stringifyJson } from '../json/lossless.js';
import { etagOf, tagOf } from './etag.js';

/**
 * The body of one page of a list. A row is made into text once, however many pages show the row: the texts that were
 * used last are kept, up to a bound. Made by the endpoints, rendered by `renderAnswer`.
 */
export class ListBody {
  constructor(
    private readonly items: readonly object[],
    private readonly rest: { readonly next: string | null; readonly [field: string]: unknown },
  ) {}

  get next(): string | null {
    return this.rest.next;
  }

  render(): { text: string; etag: string } {
    const rows = this.items.map(textOf);
    const rest = stringifyJson(this.rest).slice(1);
    const text = `{"items":[${rows.map((row) => row.text).join(',')}],${rest}`;
    return { text, etag: etagOf(`${rows.map((row) => row.tag).join()}{${rest}`) };
  }
}

interface RowText {
  text: string;
  /** Stands for the text in the entity tag of a page. */
  tag: string;
}

/** A row's text, until other texts need the room. */
interface KeptText {
  made: RowText | undefined;
}

/** The texts lie beside the entries of the cache, and `CACHE_MEMORY` does not count them. */
const mostBytes = 8 * 1024 * 1024;
/** Memory of a text besides its characters: its tag, and the places in the two maps. */
const overheadBytes = 300;

const ofRows = new WeakMap<object, KeptText>();
const kept = new LRUCache<KeptText, true>({
  maxSize: mostBytes,
  dispose: (_, text) => (text.made = undefined),
});

function textOf(row: object): RowText {
  const known = ofRows.get(row);
  if (known?.made && kept.get(known)) return known.made;
  const text = stringifyJson(row);
  const made = { text, tag: tagOf(text) };
  const keeping = { made };
  kept.set(keeping, true, { size: 2 * text.length + overheadBytes });
  // A text above the bound is not kept at all.
  if (kept.has(keeping)) ofRows.set(row, keeping);
  return made;
}
