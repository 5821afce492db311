/** Shared by the tests of filters: one service for a few rows, and checks of the query that HSS received. */
import { beforeEach, expect } from '@jest/globals';
import { useEmulatedService, type EmulatedService } from './use-emulated-service.js';

export type Query = Record<string, string>;

export const int64Max = '9223372036854775807';
export const registry = '/v1/registry-images';
export const local = '/v1/local-images';

/** Texts that arrive changed if a part of the service encodes, decodes or signs them wrongly. */
export const oddTexts = [
  '50% off + more',
  'team/base/python',
  "web shell/é+~*&=?!'()镜像",
  'quote"d and \\ slashed',
  'a#b;c,d@e',
  '镜像 扫描',
  '👩‍💻 %2F %zz ++',
  ' leading and trailing ',
  '-._~',
  'null',
];

export const filterUrl = (path: string, query: Query) => `${path}?${new URLSearchParams(query).toString()}`;

interface Filters extends EmulatedService {
  /** Empties the cache and the journal. */
  startOver(): Promise<void>;
  /**
   * Sends a request that makes one successful call to HSS. HSS checks the signature of the call.
   * @returns the query of the call, without page and enterprise project.
   */
  asked(path: string, query: Query): Promise<Query>;
  /** Expects a 400 that names these fields, without a call to HSS. */
  expectRefused(path: string, query: Query | string, fields: string[]): Promise<void>;
}

/** Registers its hooks in the `describe` block that calls it. Each test begins with an empty cache. */
export function useFilters(): Filters {
  // Few rows: these tests look at the call, not at the answer.
  const story = useEmulatedService({ emulator: { registryImages: 60, localImages: 40 } });

  async function startOver(): Promise<void> {
    await story.service.purge();
    await story.emulator.journal.settled();
    story.emulator.journal.clear();
  }

  beforeEach(async () => {
    story.clock.advance(8 * 24 * 3_600_000);
    await startOver();
  });

  return Object.assign(story, {
    startOver,
    asked: async (path: string, query: Query): Promise<Query> => {
      const answer = await story.service.get(filterUrl(path, query));
      expect([answer.status, answer.body?.errors]).toEqual([200, undefined]);
      const [call, ...others] = story.emulator.journal.calls();
      expect(others).toEqual([]);
      expect(call).toMatchObject({ method: 'GET', outcome: 200 });
      expect(call!.query).toMatchObject({
        limit: '200',
        offset: '0',
        enterprise_project_id: 'all_granted_eps',
      });
      const page = ['limit', 'offset', 'enterprise_project_id'];
      return Object.fromEntries(Object.entries(call!.query).filter(([name]) => !page.includes(name)));
    },
    expectRefused: async (path: string, query: Query | string, fields: string[]): Promise<void> => {
      const url = typeof query === 'string' ? `${path}?${query}` : filterUrl(path, query);
      const answer = await story.service.get(url);
      expect(answer.body).toMatchObject({ status: 400, code: 'invalid-request' });
      expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
      expect(story.emulator.journal.calls()).toEqual([]);
    },
  });
}
