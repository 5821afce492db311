import type { FastifyInstance } from 'fastify';

/**
 * Which methods a path has, for the 405 that Fastify does not give: to it, a known path with an unknown method
 * is a path that does not exist.
 */
export class AllowedMethods {
  readonly #speltOut = new Map<string, Set<string>>();
  readonly #patterns: { pattern: RegExp; method: string }[] = [];

  /** Must run before the routes are registered. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return;
      const methods = [method].flat();
      if (!url.includes(':')) {
        this.#speltOut.set(url, new Set([...(this.#speltOut.get(url) ?? []), ...methods]));
        return;
      }
      const pattern = new RegExp(`^${url.replace(/[.\\+^$()[\]{}|]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}$`);
      for (const each of methods) this.#patterns.push({ pattern, method: each });
    });
  }

  /**
   * @param url decodable.
   * @returns the methods of the path, none when there is no such path. What a route spells out is no other one's parameter.
   */
  of(url: string): string[] {
    const path = pathOf(url);
    const fitting = this.#patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...(this.#speltOut.get(path) ?? new Set(fitting))];
  }

  /** For every request: whether a route spells out the path, and not for this method. @param url decodable. */
  lack(method: string, url: string): boolean {
    return this.#speltOut.get(pathOf(url))?.has(method) === false;
  }
}

function pathOf(url: string): string {
  return decodeURI(url.split('?', 1)[0] ?? '');
}
