/**
 * Lets web pages of the allowed origins call the service (CORS), except the admin routes. A preflight comes without a
 * key, so it is answered before the admission. Without CORS_ORIGINS nothing here is installed.
 */
import type { FastifyInstance } from 'fastify';
import type { AllowedMethods } from './allowed-methods.js';

const exposedHeaders =
  'ETag, Age, Link, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Cache-Status, Preference-Applied, ' +
  'X-Catalog-As-Of, X-Catalog-Complete, X-Catalog-Coverage, X-Catalog-Mark, X-Catalog-Total, X-Catalog-Unknown, ' +
  'Content-Disposition';
const allowedHeaders =
  'Authorization, X-API-Key, Content-Type, Accept, If-None-Match, Cache-Control, Prefer, X-Request-Id';
const preflightSeconds = 600;

export class Cors {
  readonly #origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  get isOn(): boolean {
    return this.#origins.size > 0;
  }

  /** Names and values alternate. Caches learn that answers differ by origin, even when a request has none. */
  headersFor(origin: string | undefined): string[] {
    if (!this.isOn) return [];
    return ['vary', 'Origin', ...(this.allows(origin) ? this.#grant(origin) : [])];
  }

  allows(origin: string | undefined): origin is string {
    return origin !== undefined && this.#origins.has(origin);
  }

  /** Must be installed before the admission. */
  install(fastify: FastifyInstance, methods: AllowedMethods): void {
    if (this.#origins.size === 0) return;
    fastify.addHook('onRequest', (request, reply, done) => {
      const { origin, 'access-control-request-method': wanted } = request.headers;
      if (!this.allows(origin) || isAdmin(request.url)) {
        done();
        return;
      }
      const [, value = ''] = this.#grant(origin);
      reply.header('access-control-allow-origin', value);
      reply.header('access-control-expose-headers', exposedHeaders);
      const allowed = request.method === 'OPTIONS' && wanted !== undefined ? methods.of(request.url) : [];
      if (allowed.length === 0) {
        done();
        return;
      }
      reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
      reply.header('access-control-allow-methods', allowed.join(', '));
      reply.header('access-control-allow-headers', allowedHeaders);
      reply.header('access-control-max-age', String(preflightSeconds));
      reply.header('vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
      void reply.code(204).send();
    });
    fastify.addHook('onSend', (_request, reply, _payload, done) => {
      const known = String(reply.getHeader('vary') ?? '');
      if (!/\borigin\b/i.test(known)) reply.header('vary', known === '' ? 'Origin' : `${known}, Origin`);
      done();
    });
  }

  #grant(origin: string): string[] {
    return ['access-control-allow-origin', origin, 'access-control-expose-headers', exposedHeaders];
  }
}

/** A path that cannot be decoded is refused later, and needs no CORS headers. */
function isAdmin(url: string): boolean {
  try {
    return /^\/v1\/admin(\/|\?|$)/.test(decodeURI(url));
  } catch {
    return true;
  }
}
