import type { FastifyInstance } from 'fastify';

/**
 * Knows which methods each path has. The admission uses this to answer 405 with `Allow`: Fastify itself treats a known
 * path with an unknown method like a path that does not exist.
 */
export class AllowedMethods {
  readonly #fixedPaths = new Map<string, Set<string>>();
  readonly #patterns: { pattern: RegExp; method: string }[] = [];

  /** Collects the routes. Must be called before the routes are registered. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return;
      const methods = [method].flat();
      if (!url.includes(':')) {
        this.#fixedPaths.set(url, new Set([...(this.#fixedPaths.get(url) ?? []), ...methods]));
        return;
      }
      const pattern = new RegExp(`^${url.replace(/[.\\+^$()[\]{}|]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}$`);
      for (const each of methods) this.#patterns.push({ pattern, method: each });
    });
  }

  /**
   * A fixed path hides paths with a parameter: `lookup` in `/v1/images/lookup` is no value of `:imageId`.
   * @param url decodable.
   * @returns the methods of the path; empty for an unknown path.
   */
  of(url: string): string[] {
    const path = pathOf(url);
    const fitting = this.#patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...(this.#fixedPaths.get(path) ?? new Set(fitting))];
  }

  /** Whether a route has this path, with any method. @param url may be malformed. */
  has(url: string): boolean {
    try {
      return this.of(url).length > 0;
    } catch {
      return false;
    }
  }

  /**
   * Called for every request. @param url decodable.
   * @returns whether the path is a fixed path that lacks this method.
   */
  lack(method: string, url: string): boolean {
    return this.#fixedPaths.get(pathOf(url))?.has(method) === false;
  }
}

function pathOf(url: string): string {
  return decodeURI(url.split('?', 1)[0] ?? '');
}
