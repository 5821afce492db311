import type { FastifyInstance } from 'fastify';

/**
 * Which methods a path has, for the 405 that Fastify does not give: to it, a known path with an unknown method
 * is a path that does not exist.
 */
export class AllowedMethods {
  readonly #routes: { pattern: RegExp; method: string }[] = [];

  /** Must run before the routes are registered. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return;
      const pattern = new RegExp(`^${url.replace(/[.\\+^$()[\]{}|]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}$`);
      for (const each of [method].flat()) this.#routes.push({ pattern, method: each });
    });
  }

  /** @returns the methods of the path, none when there is no such path. */
  of(url: string): string[] {
    const path = url.split('?', 1)[0] ?? '';
    return [...new Set(this.#routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))];
  }
}
