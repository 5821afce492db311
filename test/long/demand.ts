/** Consumers of the long checks: requests for cold images, and repeats of refused requests. */
import { setTimeout as sleep } from 'node:timers/promises';
import { apis, consumers, type Api } from './fleet.js';

/** One answer as its consumer saw the answer. */
export interface Seen {
  api: Api;
  consumer: string;
  status: number;
  code: string | null;
  /** The wait that the answer asked for; null without Retry-After. */
  retryAfterMs: number | null;
  tookMs: number;
  /** Whether this request repeats a refused request, within 1 s after Retry-After. */
  isRepeat: boolean;
}

/** The image of HSS's own example, which the emulator knows. */
export const imageId = 'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';
const coordinates = 'type=private_image&namespace=scc_hss_container&name=proxy-agent&tag=24.5.0-x86_64';
let distinct = 0;

/** A path that no request has asked for before, so that only a call can answer it. */
export function coldPath(api: Api): string {
  const word = `cold-${(distinct += 1)}`;
  switch (api) {
    case 'ListRegistryImages':
      return `/v1/registry-images?name=${word}`;
    case 'ListImageLocal':
      return `/v1/local-images?name=${word}`;
    case 'ListImageFiles':
      return `/v1/images/${imageId}/files?${coordinates}&fileName=${word}`;
    case 'ListImageBasicImage':
      return `/v1/images/${imageId}/base-os?${coordinates}&osName=${word}`;
  }
}

/**
 * For `forMs`, every consumer requests one distinct cold image of each API after the other, and repeats a refused
 * request within 1 s after Retry-After. @param urlOf the instance that gets the next request.
 * @param until after `forMs` the demand goes on until this holds: a machine that stalls may do nothing in `forMs`.
 */
export async function demand(options: {
  urlOf: () => string;
  forMs: number;
  apis?: readonly Api[];
  among?: readonly { name: string; key: string }[];
  /** Ends the demand earlier. */
  enough?: AbortSignal;
  until?: (seen: readonly Seen[]) => boolean;
}): Promise<Seen[]> {
  const { urlOf, forMs, among = consumers, enough, until = () => true } = options;
  const endsAt = performance.now() + forMs;
  const seen: Seen[] = [];
  const isOverAt = (at: number) => enough?.aborted === true || (at >= endsAt && until(seen));
  const isOver = () => isOverAt(performance.now());

  async function insist(api: Api, consumer: { name: string; key: string }): Promise<void> {
    while (!isOver()) {
      const path = coldPath(api);
      for (let isRepeat = false; !isOver(); isRepeat = true) {
        const one = await ask(urlOf(), path, api, consumer, isRepeat);
        seen.push(one);
        if (one.retryAfterMs === null) break;
        const waitMs = one.retryAfterMs + Math.random() * 950;
        if (isOverAt(performance.now() + waitMs)) return;
        await sleep(waitMs);
      }
    }
  }

  await Promise.all(among.flatMap((consumer) => (options.apis ?? apis).map((api) => insist(api, consumer))));
  return seen;
}

export async function ask(
  url: string,
  path: string,
  api: Api,
  { name, key }: { name: string; key: string },
  isRepeat = false,
): Promise<Seen> {
  const startedAt = performance.now();
  const one = { api, consumer: name, isRepeat };
  try {
    const answer = await fetch(url + path, { headers: { 'X-API-Key': key } });
    const body = (await answer.json()) as { code?: string };
    const retryAfter = answer.headers.get('retry-after');
    return {
      ...one,
      status: answer.status,
      code: answer.ok ? null : (body.code ?? ''),
      retryAfterMs: retryAfter === null ? null : Number(retryAfter) * 1000,
      tookMs: performance.now() - startedAt,
    };
  } catch {
    // The instance was killed or has not started yet.
    await sleep(50);
    const tookMs = performance.now() - startedAt;
    return { ...one, status: 0, code: 'broken-connection', retryAfterMs: null, tookMs };
  }
}
