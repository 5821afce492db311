/**
 * The words for those who may call: scopes, consumers, and the principal that a request acts as. Used by the reading
 * of the consumers file, by the admission and by every route that shows less to some consumers.
 */
import { hash } from 'node:crypto';
import type { Rate } from '../config/formats.js';
import { Namespaces } from '../domain/namespaces.js';

export const scopes = ['read', 'hosts', 'export', 'watch', 'admin', 'hss'] as const;
export type Scope = (typeof scopes)[number];

/** No limit where a field is undefined. */
export interface ConsumerRate {
  readonly requests?: Rate | undefined;
  /** Requests at one time. */
  readonly concurrent?: number | undefined;
  /** Calls of HSS that the consumer causes. */
  readonly upstream?: Rate | undefined;
}

/** What a consumer may see of the data. Consumers with equal views get equal answers, so they share stored answers. */
export interface View {
  /** Part of the key of a stored answer. Empty for the whole view. */
  readonly key: string;
  /** Names and ids of hosts are shown. */
  readonly hosts: boolean;
  /** Null: images of all namespaces, and images that are on hosts only. */
  readonly namespaces: Namespaces | null;
}

export interface Consumer {
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly rate: ConsumerRate;
  readonly view: View;
  /** The key works only from this machine, and not through a proxy on this machine. */
  readonly loopbackOnly: boolean;
}

/** The consumer that a request acts as, and the credential that proved it. */
export interface Principal {
  readonly consumer: Consumer;
  /** The first 8 hex digits of the key's SHA-256: safe to log. */
  readonly keyId: string;
  /** Wall time in ms from which the credential is refused. Null: never. */
  readonly expiresAt: number | null;
}

/** `admin` includes `watch`. */
export function hasScope({ scopes }: Consumer, scope: Scope): boolean {
  return scopes.has(scope) || (scope === 'watch' && scopes.has('admin'));
}

export function newConsumer(
  id: string,
  scopes: Iterable<Scope>,
  more: {
    rate?: ConsumerRate;
    /** Undefined: all namespaces. */
    namespaces?: readonly string[] | undefined;
    loopbackOnly?: boolean;
  } = {},
): Consumer {
  const granted = new Set(scopes);
  const view = viewOf(granted.has('hosts'), more.namespaces && new Namespaces(more.namespaces));
  return { id, scopes: granted, view, rate: more.rate ?? {}, loopbackOnly: more.loopbackOnly ?? false };
}

/** The patterns of namespaces can be many and long, so their hash stands for them. */
function viewOf(hosts: boolean, namespaces: Namespaces | null = null): View {
  const parts = [
    ...(hosts ? [] : ['no-hosts']),
    ...(namespaces ? [hash('sha256', namespaces.key, 'base64url')] : []),
  ];
  return { key: parts.join(' '), hosts, namespaces };
}
