/** The questions that the pages ask the service: through its typed client, as any other consumer. */
import {
  createHssBffClient,
  isProblem,
  type Answer as ClientAnswer,
  type Schemas,
} from '../../clients/typescript/src/index.js';
import type { Filters } from './filters.js';

export type CatalogImage = Schemas['CatalogImage'];
export type CatalogMark = Schemas['CatalogMark'];
export type Change = Schemas['CatalogChange'];
export type Facets = Schemas['Facets'];
export type ImageFile = Schemas['ImageFile'];
export type Me = Schemas['Me'];
export type MergedImage = Schemas['MergedImage'];
export type Part = Schemas['Part'];
export type Problem = Schemas['Problem'];
export type Api = Schemas['Budget']['apis'][number];
export type CacheState = Schemas['CacheState'];
export type CatalogStatus = Schemas['CatalogStatus'];
export type PurgeForecast = Schemas['PurgeForecast'];
export type PurgeRequest = Schemas['PurgeRequest'];

export interface Answer<T> {
  value: T;
  /** The time of the oldest data in ms; undefined where the service tells none. */
  asOf: number | undefined;
  /** The code of what keeps a part away. */
  because?: string | undefined;
  /** When this part is to be had, in ms, where the service names a time. */
  retryAt?: number | undefined;
}

/** Why there is no answer. */
export interface Trouble {
  /** The service did not answer at all. */
  isOffline: boolean;
  problem: Problem | undefined;
}

export function troubleOf(error: unknown): Trouble {
  return isProblem(error)
    ? { isOffline: false, problem: error.problem }
    : { isOffline: true, problem: undefined };
}

/** The address of the service, without a slash at the end: all that stands before `/console`. */
export const basePath = /^(.*?)\/console(?:\/|$)/.exec(location.pathname)?.[1] ?? '';
export const origin = location.origin + basePath;

/** A question to HSS that has no turn soon says so, instead of holding up the page. */
const impatient = { Prefer: 'wait=2' };

export class Service {
  readonly #client;

  /** @param onRefused called when the service does not know the key any more. */
  constructor(key: string | null, onRefused: () => void = () => undefined) {
    this.#client = createHssBffClient({
      baseUrl: origin,
      ...(key === null ? {} : { key }),
      fetch: async (...request) => {
        const response = await fetch(...request);
        if (response.status === 401) onRefused();
        return response;
      },
    });
  }

  me = (signal: AbortSignal) => answerOf(this.#client.getMe({}, once(signal)));
  images = (filters: Filters, signal: AbortSignal) =>
    answerOf(this.#client.searchImages(filters, once(signal)));
  hosts = (filters: Filters, signal: AbortSignal) => answerOf(this.#client.listHosts(filters, once(signal)));
  imagesOfHost = (hostId: string, filters: Filters, signal: AbortSignal) =>
    answerOf(this.#client.listHostImages({ hostId, ...filters }, once(signal)));
  files = (imageId: string, filters: Filters, signal: AbortSignal) =>
    answerOf(this.#client.listImageFiles({ imageId, ...filters }, { ...once(signal), headers: impatient }));
  changes = (filters: Filters, signal: AbortSignal) =>
    answerOf(this.#client.listCatalogChanges(filters, once(signal)));
  status = (signal: AbortSignal) => answerOf(this.#client.getCatalogStatus({}, once(signal)));
  budget = (signal: AbortSignal) => answerOf(this.#client.getBudget({}, once(signal)));
  cache = (signal: AbortSignal) => answerOf(this.#client.getCacheState({}, once(signal)));
  problems = (signal: AbortSignal) => answerOf(this.#client.listRecentProblems({}, once(signal)));
  health = (signal: AbortSignal) => answerOf(this.#client.getHealth({}, once(signal)));

  /** An image with the parts that are asked for. */
  async image(imageId: string, parts: Filters, signal: AbortSignal) {
    const call = { ...once(signal), headers: impatient };
    const answer = await answerOf(this.#client.getImage({ imageId, ...parts }, call));
    return { ...answer, ...waitOf(answer.value) };
  }

  /** What a gate asks: fresh, or an error. */
  strictImage = (imageId: string, signal: AbortSignal) =>
    answerOf(this.#client.getImage({ imageId, include: ['image'] }, { ...once(signal), strict: true }));

  async purge(request: PurgeRequest) {
    return (await this.#client.purgeCache(request)).data;
  }

  /** The whole export, as a file. */
  async export(filters: Filters, format: 'csv' | 'ndjson'): Promise<Blob> {
    const { data, error } = await this.#client.http.GET('/v1/catalog/export', {
      params: { query: { ...filters, format } },
      parseAs: 'blob',
    });
    if (!data) throw new Error(error.title);
    return data;
  }
}

/** The page itself asks again at the time that a problem names, and shows that time. */
function once(signal: AbortSignal) {
  return { signal, retry: false };
}

async function answerOf<T>(asked: Promise<ClientAnswer<T>>): Promise<Answer<T>> {
  const { data, asOf } = await asked;
  return { value: data, asOf: asOf?.getTime() };
}

/** What keeps a failed part away, and when the last of them is to be had. */
function waitOf({ parts }: MergedImage): Pick<Answer<unknown>, 'retryAt' | 'because'> {
  const failed = Object.values(parts).flatMap((part) => (part.status === 'failed' ? [part.error] : []));
  const times = failed.flatMap(({ retryAt }) => (retryAt === undefined ? [] : [Date.parse(retryAt)]));
  return {
    because: failed.find(({ retryAt }) => retryAt === undefined)?.code ?? failed[0]?.code,
    retryAt: times.length > 0 ? Math.max(...times) : undefined,
  };
}
