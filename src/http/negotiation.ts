/**
 * Chooses the form of an answer by `Accept` and `Accept-Encoding` (RFC 9110). Used by the admission, the hot path and
 * the export.
 */
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';

/**
 * The coding of an answer. `gzip`: long answers are packed. `always-gzip`: the client refuses an answer that is not
 * packed. `none`: the client refuses every coding that the service has.
 */
export type Coding = 'identity' | 'gzip' | 'always-gzip' | 'none';

export const jsonType = 'application/json; charset=utf-8';

/** Clients send the same few headers with every request. A longer header is read anew each time. */
const mostRemembered = 100;
const longestRemembered = 200;

/**
 * All parameters of a type except `q`: `charset`, `version`, `indent` and others. They rule nothing out, because the
 * service has one form of each type.
 */
const parameters = /;\s*(?!q\s*=)[\w.+-]+\s*=\s*(?:"[^"]*"|[^\s;,"]*)/gi;

/** @returns the first of `offered` that the client likes best, or undefined when the client accepts none. */
export function preferredType(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const types = offered.map((type) => type.replace(parameters, ''));
  const liked = new Negotiator({ headers: { accept: accept.replace(parameters, '') } }).mediaType(types);
  return liked === undefined ? undefined : offered[types.indexOf(liked)];
}

const readsJson = remembering((accept) => preferredType(accept, [jsonType]) !== undefined);

export function acceptsJson(accept: string | undefined): boolean {
  return accept === undefined || readsJson(accept);
}

const readCoding = remembering((header): Coding => {
  const headers = { 'accept-encoding': header.replace(/\bx-gzip\b/gi, 'gzip') };
  const liked = new Negotiator({ headers }).encodings(['gzip', 'identity']);
  if (liked.length === 0) return 'none';
  if (liked[0] === 'identity') return 'identity';
  return liked.includes('identity') ? 'gzip' : 'always-gzip';
});

export function codingOf(acceptEncoding: string | undefined): Coding {
  return acceptEncoding === undefined ? 'identity' : readCoding(acceptEncoding);
}

function remembering<T extends string | boolean>(read: (header: string) => T): (header: string) => T {
  const known = new LRUCache<string, T>({ max: mostRemembered });
  return (header) => {
    if (header.length > longestRemembered) return read(header);
    const found = known.get(header);
    if (found !== undefined) return found;
    const made = read(header);
    known.set(header, made);
    return made;
  };
}
