/**
 * The scopes that a request needs, in one table. The admission and the hot path ask it before any route code runs, so a
 * refusal costs no look-up and no call. Never reads a body.
 */
import { hasScope, type Consumer, type Scope } from '../consumers/consumer.js';

interface Rule {
  /** A route belongs to the first rule that it begins with. */
  readonly route: string;
  readonly methods?: readonly string[];
  /** One of these is enough. Empty: every known consumer may call. */
  readonly anyOf: readonly Scope[];
}

const reading = ['GET', 'HEAD'];
const rules: readonly Rule[] = [
  { route: '/v1/me', anyOf: [] },
  { route: '/v1/admin', methods: reading, anyOf: ['watch'] },
  { route: '/v1/admin', anyOf: ['admin'] },
  { route: '/v1/hosts', anyOf: ['hosts'] },
  { route: '/v1/local-images', anyOf: ['hosts'] },
  { route: '/v1/catalog/export', anyOf: ['export'] },
  { route: '/v1/catalog/status', anyOf: ['read', 'watch'] },
  { route: '/v1', anyOf: ['read'] },
  { route: '/metrics', anyOf: ['watch'] },
];

/** The face (`/v5`, `/v3`) asks for signatures itself. */
export function needsKey(route: string): boolean {
  return route.startsWith('/v1') || route === '/metrics';
}

/** A route that tells more to a known sender. A key that is sent must be right, or guesses could be tried here. */
export function takesKey(route: string): boolean {
  return route === '/health';
}

/** @param route the pattern of the route. @returns scopes of which one is enough; empty when none is needed. */
export function scopesOfRoute(method: string, route: string): readonly Scope[] {
  const rule = rules.find(
    (each) =>
      (route === each.route || route.startsWith(`${each.route}/`)) &&
      (each.methods?.includes(method) ?? true),
  );
  return rule?.anyOf ?? [];
}

/** @returns the scope that the consumer lacks for the route, undefined when it may call. */
export function missingScope(consumer: Consumer, method: string, route: string): Scope | undefined {
  return missingOf(consumer, scopesOfRoute(method, route));
}

/** @param anyOf as `scopesOfRoute` tells them. @returns like `missingScope`. */
export function missingOf(consumer: Consumer, anyOf: readonly Scope[]): Scope | undefined {
  return anyOf.length === 0 || anyOf.some((scope) => hasScope(consumer, scope)) ? undefined : anyOf[0];
}

/** Routes whose rows have no namespace. */
const withoutNamespaces = ['/v1/local-images'];

/** Whether the request is about more than the namespaces of a consumer can bound: rows or projects without one. */
export function isUnbounded(route: string, query: object): boolean {
  return withoutNamespaces.includes(route) || 'enterpriseProjectId' in query;
}

/** Parameters that name a host, a container or a pod. */
const hostParameter = /^(host(Id|Name|Query|Ip)|(container|pod)(Id|Name))$/;

/** Whether a query asks for hosts or filters by them, on any route. */
export function asksForHosts(query: object): boolean {
  return Object.entries(query).some(
    ([name, value]) =>
      hostParameter.test(name) ||
      ((name === 'include' || name === 'of') && String(value).split(',').includes('hosts')),
  );
}
