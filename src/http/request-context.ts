/**
 * Reads the headers by which a consumer says how fresh an answer must be and how long the consumer waits. Used by the
 * admission; the result goes with the request to the cache.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { FreshnessDemand } from '../cache/freshness-demand.js';
import type { ReadContext } from '../cache/read-context.js';
import type { Principal } from '../consumers/consumer.js';
import type { Namespaces } from '../domain/namespaces.js';
import type { Rates } from '../consumers/rates.js';
import type { Clock } from '../time/clock.js';
import { Deadline } from '../time/deadline.js';
import { readDirectives, secondsToMs } from './directives.js';
import { payUpstream } from './quota.js';

/** Everything that a request on a /v1 route says besides its parameters. */
export interface RequestContext extends ReadContext {
  /** The consumer, with its scopes and its view of the data. */
  principal: Principal;
  /** The namespaces that the consumer sees. Null: all of them, and images that are on hosts only. */
  namespaces: Namespaces | null;
  /** `Prefer: handling=strict`: a part that is not fresh is an error. */
  strict: boolean;
  /** Whether the request had a directive of `Cache-Control` that this service ignores. */
  hasIgnoredDirective: boolean;
}

/**
 * Browsers and Node's fetch add these directives by themselves to a reload or to `If-None-Match`. A directive that
 * nobody chose must not cost a call of HSS.
 */
const ignoredDirectives: readonly [name: string, value: RegExp][] = [
  ['no-cache', /^/],
  ['no-store', /^/],
  ['max-age', /^0+$/],
];

export function readContext(
  headers: IncomingHttpHeaders,
  principal: Principal,
  rates: Rates,
  clock: Clock,
  deadlineMs: number,
): RequestContext {
  const prefer = readDirectives(headers['prefer']);
  const cacheControl = readDirectives(headers['cache-control']);
  const strict = prefer.get('handling')?.toLowerCase() === 'strict';
  const waitMs = secondsToMs(prefer.get('wait'));
  return {
    consumer: principal.consumer.id,
    principal,
    namespaces: principal.consumer.view.namespaces,
    priority: 'waiting',
    deadline: new Deadline(clock, waitMs === undefined ? deadlineMs : Math.min(waitMs, deadlineMs)),
    demand: { ...readDemand(cacheControl), ...(strict ? { mustBeFresh: true } : {}) },
    ...(principal.consumer.rate.upstream && { pay: () => payUpstream(rates, principal.consumer, clock) }),
    strict,
    hasIgnoredDirective: ignoredDirectives.some(
      ([name, value]) => cacheControl.has(name) && value.test(cacheControl.get(name) ?? ''),
    ),
  };
}

function readDemand(directives: ReadonlyMap<string, string>): FreshnessDemand {
  if (directives.size === 0) return {};
  const demand: FreshnessDemand = {};
  const maxAgeMs = secondsToMs(directives.get('max-age'));
  if (maxAgeMs !== undefined && maxAgeMs > 0) demand.maxAgeMs = maxAgeMs;
  // `max-stale` without a number accepts every age that the cache keeps.
  const maxStaleMs = directives.get('max-stale') === '' ? Infinity : secondsToMs(directives.get('max-stale'));
  if (maxStaleMs !== undefined) demand.maxStaleMs = maxStaleMs;
  if (directives.has('only-if-cached')) demand.onlyIfCached = true;
  return demand;
}
