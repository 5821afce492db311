import { LRUCache } from 'lru-cache';
import { isValid } from '../cache/validity.js';
import { renderAnswer, type AnswerAge, type DataAnswer, type Paging, type RenderedAnswer } from './answer.js';

/** A page that was made ahead of the routes. */
export interface HeldPage {
  /** The pattern of the route. */
  route: string;
  rendered: RenderedAnswer;
  age: AnswerAge;
}

/** A parameter of paging in a query, with its value in the only spelling that a page is made for here. */
const pagingParameter = /(?<=^|&)(limit|offset|walk)=(0|[1-9]\d*|(?<=walk=)[0-9a-z]{1,11})(?=&|$)/g;
/** The largest memory of the known lists, in bytes. */
const mostBytes = 4 * 1024 * 1024;
/** Memory of a known list besides its URL: the filters as the consumer and as HSS names them, mostly. */
const overheadBytes = 2_048;

/**
 * Makes further pages of lists ahead of the routes. A route has checked everything about the list when it answered the
 * first page. Another page differs in three parameters only, and is made if memory holds all of its rows as fresh. Used
 * by HotAnswers. Refuses nothing: the routes make, or refuse, every other page.
 */
export class HeldPages {
  /** What makes a page, by the URL with its values of paging blanked out. */
  readonly #lists = new LRUCache<string, { route: string; make: (paging: Paging) => DataAnswer | undefined }>(
    { maxSize: mostBytes },
  );

  /** @param key the `hotKey` of a page that a route made. */
  learn(key: string, route: string, { heldPage }: DataAnswer): void {
    const { list } = split(key);
    // The newest page knows the newest versions that the list depends on.
    if (heldPage) this.#lists.set(list, { route, make: heldPage }, { size: 2 * list.length + overheadBytes });
  }

  /** @param now wall time in ms. */
  find(key: string, now: number): HeldPage | undefined {
    if (this.#lists.size === 0) return undefined;
    const { list, paging } = split(key);
    const known = this.#lists.get(list);
    const page = known?.make(paging);
    if (!known || !page?.age || !isValid(page.age.validity, now)) return undefined;
    return { route: known.route, rendered: renderAnswer(page, now), age: page.age };
  }
}

function split(key: string): { list: string; paging: Paging } {
  const paging: Paging = {};
  // A path, or the value of another parameter, can hold what looks like a parameter of paging.
  const queryAt = key.indexOf('?') + 1;
  if (queryAt === 0) return { list: key, paging };
  const query = key.slice(queryAt).replace(pagingParameter, (_text, name: keyof Paging, value: string) => {
    paging[name] = value;
    // No URL has a space, so this is no other value's text.
    return `${name}= `;
  });
  return { list: key.slice(0, queryAt) + query, paging };
}
