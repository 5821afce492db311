/**
 * The texts by which consumers name images. The lookup and the batch read references with this file. Which registries
 * are ours is not decided here: see registries.ts.
 */
import { isDigest } from '../../domain/digest.js';
import { dockerHub, registryHost } from '../../domain/registry-host.js';
import { hasUnprintable } from '../../http/parameters.js';

export type Reference =
  /** A digest, or an id of HSS, which can be any text. */
  { kind: 'id'; id: string; name?: ReferenceName } | { kind: 'name'; name: ReferenceName };

export interface ReferenceName {
  /** The host as `registryHost` spells it. Without a host, every registry of ours is meant. */
  registryHost?: string;
  namespace?: string;
  name: string;
  tag?: string;
}

/** Longer than a host, a namespace, a name, a tag and a digest together. */
export const longestReference = 1_024;

const digestText = /^sha256:[0-9a-f]{64}$/;
/** A digest, right or wrong. A text that ends so is never taken for a name with an `@`. */
const likeDigest = /^$|^sha\d+:|^md5:|^[0-9a-f]{64}$|:[0-9a-f]{32,}$/i;
const tagText = /^[^\s:/@]{1,256}$/;
/** Kubernetes writes the runtime in front of an image that runs. */
const runtime = /^(docker-pullable|docker|containerd|cri-o):\/\//;
/** The namespace of Docker Hub's own images, which people leave out. */
const hubNamespace = 'library';

/**
 * Reads `[registry-host/]namespace/name[:tag][@sha256:…]`, a digest or an id, as CI systems and Kubernetes write them.
 * The first segment is a host by docker's rule: it has a dot or a port, or it is `localhost`. A single segment, and the
 * namespace `library` without a host, are names of Docker Hub. If tag and digest disagree, the digest decides.
 * @returns undefined for a text of another form.
 */
export function parseReference(given: string): Reference | undefined {
  if (given.length > longestReference || hasUnprintable(given) || given.trim() !== given) return undefined;
  const text = given.replace(runtime, '');
  if (text === '') return undefined;
  const asDigest = text.toLowerCase();
  if (isDigest(asDigest)) return { kind: 'id', id: asDigest };
  const lastAt = text.lastIndexOf('@');
  // A name can hold an `@` as well.
  const at = lastAt !== -1 && likeDigest.test(text.slice(lastAt + 1)) ? lastAt : -1;
  const digest = at === -1 ? undefined : text.slice(at + 1).toLowerCase();
  if (digest !== undefined && !digestText.test(digest)) return undefined;
  // A single segment has no namespace. Such a segment can be an id of HSS, with colons and spaces.
  const withoutDigest = at === -1 ? text : text.slice(0, at);
  const name = parseName(withoutDigest);
  if (digest !== undefined) return name && { kind: 'id', id: digest, name };
  if (!withoutDigest.includes('/')) return { kind: 'id', id: text, ...(name ? { name } : {}) };
  return name && { kind: 'name', name };
}

/** What a text must be that is no reference. The sentence begins after the name of the parameter. */
export function referenceHint(text: string): string {
  const form = '[registry-host/]namespace/name[:tag][@sha256:…], a digest or an id';
  return /^[a-z][a-z\d+.-]*:\/\//i.test(text)
    ? `must be a reference as \`docker pull\` takes it, without a scheme such as https://: ${form}`
    : `must be ${form}`;
}

function parseName(text: string): ReferenceName | undefined {
  const segments = text.split('/');
  const [first = ''] = segments;
  const isHost = segments.length > 1 && (/[.:]/.test(first) || first === 'localhost');
  const host = isHost ? registryHost(first) : undefined;
  if (isHost && host === undefined) return undefined;
  const path = isHost ? segments.slice(1) : segments;
  const last = path.pop() ?? '';
  const colon = last.indexOf(':');
  const tag = colon === -1 ? undefined : last.slice(colon + 1);
  path.push(colon === -1 ? last : last.slice(0, colon));
  if (path.some((segment) => segment === '' || segment === '..')) return undefined;
  if (path.slice(0, -1).some((segment) => segment.includes(':'))) return undefined;
  if (tag !== undefined && !tagText.test(tag)) return undefined;
  return { ...placeOf(host, path), ...(tag === undefined ? {} : { tag }) };
}

/** @param path one segment or more. */
function placeOf(host: string | undefined, path: readonly string[]): ReferenceName {
  const isOfHub =
    host === dockerHub || (host === undefined && (path.length === 1 || path[0] === hubNamespace));
  const place = isOfHub ? dockerHub : host;
  const namespace = path.length > 1 ? path[0] : isOfHub ? hubNamespace : undefined;
  return {
    ...(place === undefined ? {} : { registryHost: place }),
    ...(namespace === undefined ? {} : { namespace }),
    name: path.slice(path.length > 1 ? 1 : 0).join('/'),
  };
}

/** Whether the name is one of Docker Hub's own images, such as `nginx`. */
export function isHubOwn({ registryHost: host, namespace }: ReferenceName): boolean {
  return host === dockerHub && namespace === hubNamespace;
}

/**
 * The names that a host with this image can show for it. Docker leaves out Docker Hub's host and its namespace
 * `library`, and containerd writes both.
 */
export function namesOnHosts({ registryHost: host, namespace, name }: ReferenceName): string[] {
  const path = namespace === undefined ? name : `${namespace}/${name}`;
  if (host === undefined) return [path];
  if (host !== dockerHub) return [`${host}/${path}`];
  const paths = namespace === hubNamespace ? [name, path] : [path];
  return [
    ...paths,
    ...['docker.io', 'index.docker.io'].flatMap((hub) => paths.map((each) => `${hub}/${each}`)),
  ];
}
