import { stringifyJson } from '../json/lossless.js';
import { etagOf, tagOf } from './etag.js';

/**
 * The body of one page of a list. Each row is made into text once, however many pages show the row: the texts belong to
 * the row objects, and are gone with them. Made by the endpoints, rendered by `renderAnswer`.
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

const texts = new WeakMap<object, RowText>();

function textOf(row: object): RowText {
  const known = texts.get(row);
  if (known) return known;
  const text = stringifyJson(row);
  const made = { text, tag: tagOf(text) };
  texts.set(row, made);
  return made;
}
