// What the console says while something is away, and that it recovers by itself. How often it asks.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { proxyAgentDigest } from '../../emulator/data/example-images.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { startBrowser, untilGone, type TestBrowser } from '../support/browser.js';
import { applyStep, imageDocuments } from '../support/catalog.js';
import { openConsole } from '../support/console.js';
import { entry, fileOf, MountedFile } from '../support/consumers.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { adminKey, startService, type TestService } from '../support/service.js';
import { unusedPort } from '../support/unused-port.js';
import { until } from '../support/until.js';

const ownKey = 'key-of-a-team-0123456789';
const team = entry('team', { key: ownKey, scopes: ['read', 'hosts', 'watch'] });
const other = entry('other', { key: 'key-of-another-0123456789', scopes: ['read'] });

describe('the console', () => {
  const consumers = new MountedFile(fileOf(team, other));
  let emulator: Emulator;
  let redis: RedisProcess;
  let service: TestService;
  let browser: TestBrowser;
  let port: number;

  const start = () =>
    startService({
      emulator,
      port,
      redisUrl: redis.url,
      env: { CONSUMERS_FILE: consumers.path, HSS_RATE: '100/60s' },
    });
  const opened = (path: string, key = adminKey) => openConsole(browser, service.url, path, { key });

  beforeAll(async () => {
    [emulator, redis, browser, port] = await Promise.all([
      startEmulator({ rate: 'off', registryImages: 30, localImages: 10 }),
      startRedis(),
      startBrowser(),
      unusedPort(),
    ]);
    service = await start();
    const readAt = Date.now();
    // Files and base OS are not known: the page of an image asks HSS for them.
    await applyStep(service, { images: await imageDocuments(service, readAt), readAt });
  });

  beforeEach(() => emulator.faults.clear());

  afterAll(async () => {
    await browser.close();
    await service.close();
    await Promise.all([redis.stop(), emulator.close()]);
    consumers.close();
  });

  it('says that HSS fails, and fills in when HSS answers again', async () => {
    emulator.faults.schedule({ kind: 'status', status: 500 });
    const { page } = await opened(`/images/${encodeURIComponent(proxyAgentDigest)}`);
    await page.getByText('HSS is failing or cannot be reached').waitFor();
    await page.getByText('Asks again by itself').waitFor();
    // What does not need HSS is there all the same.
    await page.getByRole('heading', { name: /proxy-agent/ }).waitFor();
    emulator.faults.clear();
    await page.getByText('Debian 9').waitFor();
    await untilGone(page, 'HSS is failing');
    await page.close();
  });

  it('shows operators which requests HSS left without an answer', async () => {
    emulator.faults.schedule({ kind: 'status', status: 500 });
    const failed = await service.get('/v1/registry-images?name=never-read', { 'X-API-Key': adminKey });
    const { page } = await opened('/operate');
    const row = page.getByRole('row').filter({ hasText: failed.body.requestId as string });
    const named = row.filter({ hasText: 'GET /v1/registry-images' });
    await named.getByRole('link', { name: 'upstream-unavailable' }).waitFor();
    await page.close();
  });

  it('says that Redis is down, and that it is back', async () => {
    const { page } = await opened('/operate');
    await page.getByText('Redis is up').waitFor();
    await redis.stop();
    await page.getByText('Redis is down').waitFor();
    await page.getByText('this instance alone').first().waitFor();
    await page.getByText('The instances do not agree').waitFor();
    // What is in memory is still found.
    await page.getByRole('link', { name: 'Images', exact: true }).click();
    await page.locator('table.rows').waitFor();
    await page.getByRole('link', { name: 'Budget and cache' }).click();
    await page.getByText('Redis is down').waitFor();
    await redis.start();
    await page.getByText('Redis is up').waitFor();
    await page.getByText('The instances agree').waitFor();
    await page.close();
  });

  it('says that the key was revoked, and goes on where it was with another', async () => {
    const { page } = await opened('/operate', ownKey);
    await page.getByText('Calls of HSS').waitFor();
    consumers.write(fileOf(other));
    await page.getByText('Your key is no longer valid').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await page.getByLabel('API key').fill(adminKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Calls of HSS').waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/operate');
    await page.close();
  });

  describe('that is open while time passes', () => {
    /** The page's own clock, so that a minute passes at once and a slow machine changes nothing. */
    async function watched() {
      const { page } = await opened('/images');
      await page.locator('.mark').waitFor();
      await page.clock.install();
      await page.evaluate(`
        window.askedAt = [];
        window.open = 0;
        const ask = window.fetch;
        window.fetch = async (...request) => {
          askedAt.push(performance.now());
          open += 1;
          return ask(...request).finally(() => (open -= 1));
        };`);
      /** @returns the times of the questions of these seconds, on the page's clock. */
      const pass = async (seconds: number) => {
        await page.evaluate('askedAt.length = 0');
        for (let second = 0; second < seconds; second += 1) {
          await page.clock.runFor(1_000);
          await until(() => page.evaluate('open === 0'));
        }
        return page.evaluate<number[]>('askedAt');
      };
      return { page, pass };
    }
    const gaps = (times: number[]) => times.slice(1).map((at, index) => Math.ceil(at - times[index]!));
    const hide = (page: Page, isHidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
         document.dispatchEvent(new Event('visibilitychange'))`,
      );

    it('asks once a second at most, and nothing while it is hidden', async () => {
      const { page, pass } = await watched();
      await page.getByRole('link', { name: 'Budget and cache' }).click();
      // What a page asks when it opens comes at once.
      await pass(3);
      await page.locator('article').first().waitFor();
      const visible = await pass(30);
      expect(visible.length).toBeGreaterThan(10);
      expect(Math.min(...gaps(visible))).toBeGreaterThanOrEqual(1_000);
      await hide(page, true);
      // The questions that were waiting for their turn find the page hidden.
      expect(await pass(30)).toEqual([]);
      await hide(page, false);
      const again = await pass(10);
      expect(again.length).toBeGreaterThan(3);
      expect(Math.min(...gaps(again))).toBeGreaterThanOrEqual(1_000);
      await page.close();
    });
  });

  it('says that the service is away, and goes on after its restart', async () => {
    const { page, faults } = await opened('/operate');
    await page.getByText('Calls of HSS').waitFor();
    await page.locator('article').first().waitFor();
    await service.close();
    await page.getByText('The service does not answer').first().waitFor();
    expect(await page.locator('article').count()).toBeGreaterThan(0);
    service = await start();
    await untilGone(page, 'The service does not answer');
    await page.getByText('Redis is up').waitFor();
    expect(faults.filter((fault) => !/Failed to load resource/.test(fault))).toEqual([]);
    await page.close();
  });
});
