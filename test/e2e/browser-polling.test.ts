// Polling from a page in Chromium, whose fetch and cache add directives of their own.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startBrowser, type TestBrowser } from '../support/browser.js';
import { readKey } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const path = '/v1/registry-images?limit=10';

interface Seen {
  status: number;
  etag: string | null;
  items: number;
}

/** Runs fetch in the page, as a dashboard of the same origin does. */
function ask(page: Page, init: { cache?: string; headers?: Record<string, string> }): Promise<Seen> {
  const given = { ...init, headers: { 'X-API-Key': readKey, ...init.headers } };
  return page.evaluate(`(async () => {
    const answer = await fetch(${JSON.stringify(path)}, ${JSON.stringify(given)});
    const text = await answer.text();
    return {
      status: answer.status,
      etag: answer.headers.get('etag'),
      items: text === '' ? 0 : JSON.parse(text).items.length,
    };
  })()`);
}

describe('a page in Chromium that polls', () => {
  const story = useEmulatedService({ clock: TestClock.still() });
  let browser: TestBrowser;
  let page: Page;

  beforeAll(async () => {
    browser = await startBrowser();
    ({ page } = await browser.open());
    await page.goto(`${story.service.url}/docs/problems`);
    // The second answer is the one that the service keeps as bytes.
    await ask(page, {});
    await ask(page, { cache: 'no-store' });
  });
  afterAll(() => browser.close());

  it.each(['default', 'no-store', 'reload', 'no-cache', 'force-cache'])(
    'costs no call with cache: %s',
    async (cache) => {
      story.clock.advance(9_000);
      expect(await ask(page, { cache })).toMatchObject({ status: 200, items: 10 });
      expect(story.emulator.journal.calls()).toEqual([]);
    },
  );

  it('gets a 304 for a condition of its own', async () => {
    const { etag } = await ask(page, { cache: 'no-store' });
    const answer = await ask(page, { cache: 'no-store', headers: { 'If-None-Match': etag! } });
    expect(answer).toEqual({ status: 304, etag, items: 0 });
    expect(story.emulator.journal.calls()).toEqual([]);
  });
});
