// Polling, as fetch of Node and browsers do it: conditional requests that ask for newer answers in passing.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { useFilledCatalog } from '../support/catalog/filled-service.js';
import { proxyAgent, proxyAgentId, proxyAgentQuery } from '../support/proxy-agent.js';
import { rawRequest } from '../support/raw-http.js';
import { readKey } from '../support/service.js';
import { until } from '../support/until.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const second = 1_000;
const key = { 'X-API-Key': readKey };

/** The headers of a navigation in Chromium. */
const chromium = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-US,en;q=0.9',
  'Upgrade-Insecure-Requests': '1',
};
const reload = { ...chromium, 'Cache-Control': 'max-age=0' };
const hardReload = { ...chromium, 'Cache-Control': 'no-cache', Pragma: 'no-cache' };

describe('a consumer that polls', () => {
  const story = useEmulatedService();

  const lists = [
    '/v1/registry-images?limit=10',
    '/v1/local-images?limit=10&offset=200',
    `/v1/images/${proxyAgentId}/files?${proxyAgentQuery}`,
    proxyAgent,
    `${proxyAgent}&include=image,baseOs,files,hosts`,
  ];

  describe.each(lists)('%s', (path) => {
    let url: string;
    let etag: string;

    beforeEach(async () => {
      url = story.service.url + path;
      await story.service.purge();
      etag = (await story.service.get(path)).headers.get('etag')!;
      await story.service.get(path);
      story.emulator.journal.clear();
    });

    it('with fetch gets a 304 each time, and costs no call', async () => {
      for (let poll = 0; poll < 5; poll += 1) {
        story.clock.advance(10 * second);
        const answer = await fetch(url, { headers: { ...key, 'If-None-Match': etag } });
        expect([answer.status, answer.headers.get('etag')]).toEqual([304, etag]);
        expect(answer.headers.get('age')).toBe(String((poll + 1) * 10));
      }
      expect(story.emulator.journal.calls()).toEqual([]);
    });

    it.each(['default', 'no-store', 'reload', 'no-cache'] as const)(
      'with fetch and cache: %s costs no call',
      async (cache) => {
        story.clock.advance(15 * second);
        const answer = await fetch(url, { headers: key, cache } as RequestInit);
        expect([answer.status, answer.headers.get('etag')]).toEqual([200, etag]);
        expect(story.emulator.journal.calls()).toEqual([]);
      },
    );

    it('with a browser gets a 304, or the same answer after a hard reload', async () => {
      story.clock.advance(15 * second);
      const get = (headers: Record<string, string>) =>
        rawRequest(story.service.url, path, { headers: { ...key, ...headers } });
      for (const headers of [chromium, reload]) {
        const answer = await get({ ...headers, 'If-None-Match': etag });
        expect([answer.status, answer.bytes.length]).toEqual([304, 0]);
      }
      const answer = await get(hardReload);
      expect([answer.status, answer.headers.etag]).toEqual([200, etag]);
      expect(story.emulator.journal.calls()).toEqual([]);
    });

    it('gets 200, 304, 304 over three refreshes, with the age of the newest', async () => {
      const lifeMs = path.includes('/files') ? 7 * 24 * 3_600 * second : 60 * second;
      for (let refresh = 0; refresh < 3; refresh += 1) {
        story.clock.advance(lifeMs + second);
        // The first request after a fresh life gets the old answer, and starts the refresh.
        await until(async () => /ttl=\d/.test((await story.service.get(path)).headers.get('cache-status')!));
        const answer = await story.service.get(path, { 'If-None-Match': etag });
        expect([refresh, answer.status]).toEqual([refresh, 304]);
      }
      expect(story.emulator.journal.calls().length).toBeGreaterThan(0);
    });
  });

  it('gets a new answer when the data have changed', async () => {
    const path = '/v1/registry-images?namespace=polled';
    const etag = (await story.service.get(path)).headers.get('etag')!;
    story.emulator.data.addRegistryImage({ namespace: 'polled' });
    story.clock.advance(61 * second);
    await until(async () => (await story.service.get(path)).body.total === 1);
    expect((await story.service.get(path, { 'If-None-Match': etag })).status).toBe(200);
  });
});

describe('a consumer that polls the catalog', () => {
  const story = useFilledCatalog({ registryImages: 20, localImages: 10 });

  it.each(['/v1/images', '/v1/hosts', '/v1/catalog/summary', '/v1/images?limit=2&severity=high'])(
    '%s gets a 304 each time, and never a 503',
    async (path) => {
      const etag = (await story.get(path)).headers.get('etag')!;
      const url = story.service.url + path;
      for (let poll = 0; poll < 7; poll += 1) {
        story.clock.advance(11 * second);
        const answer = await fetch(url, { headers: { ...key, 'If-None-Match': etag } });
        const raw = await rawRequest(story.service.url, path, {
          headers: { ...key, ...reload, 'If-None-Match': etag },
        });
        expect([answer.status, raw.status]).toEqual([304, 304]);
      }
      for (const cache of ['no-store', 'reload'] as const)
        expect((await fetch(url, { headers: key, cache } as RequestInit)).status).toBe(200);
      expect(story.callCount()).toBe(0);
    },
  );
});
