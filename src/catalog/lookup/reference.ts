import { isDigest } from '../../domain/digest.js';
import { hasUnprintable } from '../../http/parameters.js';

/** A text by which a consumer names an image. The lookup and the batch read references with this file. */
export type Reference =
  /** A digest, or an id of HSS, which can be any text. */
  { kind: 'id'; id: string; name?: ReferenceName } | { kind: 'name'; name: ReferenceName };

export interface ReferenceName {
  /** The host as in `docker pull`. HSS does not know the host, but a registry in HSS can have the host's name. */
  registryHost?: string;
  namespace?: string;
  name: string;
  tag?: string;
}

/** Longer than a host, a namespace, a name, a tag and a digest together. */
export const longestReference = 1_024;

const digestText = /^sha256:[0-9a-f]{64}$/;
const tagText = /^[^\s:/@]{1,256}$/;

/**
 * Reads `[registry-host/]namespace/name[:tag][@sha256:…]`, a digest or an id, as CI systems write them. The first
 * segment is a host by docker's rule: it has a dot or a port, or it is `localhost`. If tag and digest disagree,
 * the digest decides.
 * @returns undefined for a text of another form.
 */
export function parseReference(text: string): Reference | undefined {
  if (text === '' || text.length > longestReference || hasUnprintable(text) || text.trim() !== text)
    return undefined;
  if (isDigest(text)) return { kind: 'id', id: text };
  const at = text.lastIndexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !digestText.test(digest)) return undefined;
  // A single segment has no namespace. Such a segment can be an id of HSS, with colons and spaces.
  const withoutDigest = at === -1 ? text : text.slice(0, at);
  const name = parseName(withoutDigest);
  if (digest !== undefined) return name && { kind: 'id', id: digest, name };
  if (!withoutDigest.includes('/')) return { kind: 'id', id: text, ...(name ? { name } : {}) };
  return name && { kind: 'name', name };
}

function parseName(text: string): ReferenceName | undefined {
  const segments = text.split('/');
  const [first = ''] = segments;
  const isHost = segments.length > 1 && (/[.:]/.test(first) || first === 'localhost');
  const path = isHost ? segments.slice(1) : segments;
  const last = path.pop() ?? '';
  const colon = last.indexOf(':');
  const tag = colon === -1 ? undefined : last.slice(colon + 1);
  path.push(colon === -1 ? last : last.slice(0, colon));
  if (path.some((segment) => segment === '' || segment === '..' || segment.includes('@'))) return undefined;
  if (path.slice(0, -1).some((segment) => segment.includes(':'))) return undefined;
  if (tag !== undefined && !tagText.test(tag)) return undefined;
  const namespace = path.length > 1 ? path[0] : undefined;
  const name = path.slice(namespace === undefined ? 0 : 1).join('/');
  return {
    ...(isHost ? { registryHost: first } : {}),
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(tag === undefined ? {} : { tag }),
  };
}
