// The pages of the service in a real browser, at the width of a desktop and of a phone.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { desktop, phone, startBrowser, type TestBrowser } from '../support/browser.js';
import { fillCatalog } from '../support/catalog.js';
import { OpenApi } from '../support/openapi.js';
import { adminKey, startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

/** How much wider than the screen the page is, in CSS pixels. */
const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

const idsIn = (place: Locator | Page): Promise<string[]> =>
  place.locator('.opblock').evaluateAll((all) => all.map(({ id }) => id.split('-').at(-1)!));

describe('in a browser', () => {
  let emulator: Emulator;
  let service: TestService;
  let browser: TestBrowser;
  let api: OpenApi;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', registryImages: 30, localImages: 20 });
    service = await startService({ emulator });
    await fillCatalog(service, emulator, Date.now());
    api = await OpenApi.of(service);
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    await service.close();
    await emulator.close();
  });

  async function authorize(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Authorize', exact: true }).click();
    const form = page.locator('.auth-container:has-text("apiKey")');
    await form.locator('input').fill(adminKey);
    await form.locator('button[type=submit]').click();
    await form.locator('button.btn-done').click();
  }

  describe('the page of the API, on a phone and on a desktop', () => {
    let page: Page;
    let faults: string[];

    // Loading the page takes as long as trying two operations.
    beforeAll(async () => {
      ({ page, faults } = await browser.open(phone));
      await page.goto(`${service.url}/docs`);
      await authorize(page);
    });

    afterAll(() => page.close());

    const fits = async (on: typeof desktop, id: string) => {
      await page.setViewportSize(on.viewport);
      expect([id, on.viewport, await overflowOf(page)]).toEqual([id, on.viewport, 0]);
    };

    it.each(['Images', 'Catalog', 'Operators'])(
      'tries operations of %s as they are filled in',
      async (group) => {
        const inGroup = api.operations.filter(({ operation }) => operation.tags[0] === group);
        const shown = await idsIn(page.locator(`.opblock-tag-section:has([id="operations-tag-${group}"])`));
        expect(shown).toEqual(inGroup.map(({ operation }) => operation.operationId));
        for (const [at, id] of shown.entries()) {
          // An operation is tried on one of the two, the next on the other; what both show fits.
          const [here, there] = at % 2 === 0 ? [phone, desktop] : [desktop, phone];
          await fits(here, id);
          const block = page.locator(`.opblock[id$="-${id}"]`);
          await block.locator('.opblock-summary-control').click();
          await block.locator('.try-out__btn').click();
          await block.locator('.execute').click();
          const status = block.locator('.live-responses-table .response-col_status').nth(1);
          expect([id, (await status.innerText()).slice(0, 3)]).toEqual([id, '200']);
          for (const width of [here, there]) await fits(width, id);
          await block.locator('.opblock-summary-control').click();
        }
        expect(faults).toEqual([]);
      },
    );
  });

  describe('the page of the API', () => {
    it('is dark where the system is, and opens a deep link', async () => {
      const brightness = async (colorScheme: 'dark' | 'light') => {
        const { page, faults } = await browser.open({ ...desktop, colorScheme });
        await page.goto(`${service.url}/docs#/Images/getImage`);
        await page.locator('.opblock.is-open[id$="-getImage"]').waitFor();
        expect(await page.locator('.opblock.is-open').count()).toBe(1);
        expect(faults).toEqual([]);
        const colour: string = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        return colour
          .match(/\d+/g)!
          .slice(0, 3)
          .map(Number)
          .reduce((sum, value) => sum + value, 0);
      };
      const [dark, light] = [await brightness('dark'), await brightness('light')];
      expect(dark).toBeLessThan(200);
      expect(light).not.toBe(dark);
    });

    it('filters operations by any of their words', async () => {
      const { page } = await browser.open();
      await page.goto(`${service.url}/docs`);
      // What a newcomer wants comes first.
      await page.locator('.opblock').first().waitFor();
      expect((await idsIn(page))[0]).toBe('searchImages');
      const expectShown = async (text: string, ids: string[]) => {
        await page.locator('.operation-filter-input').fill(text);
        await until(async () => (await idsIn(page)).join() === ids.join());
      };
      await expectShown('base-os', ['listImageBaseOs']);
      await expectShown('NDJSON', ['exportCatalog']);
      const ofOperators = api.operations.filter(({ operation }) => operation.tags[0] === 'Operators');
      await expectShown(
        'operators',
        ofOperators.map(({ operation }) => operation.operationId),
      );
    });

    it('keeps the key in the session of the tab, and nowhere else', async () => {
      const { page } = await browser.open();
      await page.goto(`${service.url}/docs`);
      await authorize(page);
      await page.reload();
      await page.locator('.authorize.locked, .btn.authorize .locked').first().waitFor();
      const kept = await page.evaluate(
        '[JSON.stringify(sessionStorage), JSON.stringify(localStorage), document.cookie]',
      );
      expect(kept).toEqual([expect.stringContaining(adminKey), '{}', '']);
      await page.getByRole('button', { name: 'Authorize', exact: true }).click();
      await page.locator('.auth-btn-wrapper button:has-text("Logout")').last().click();
      await until(async () => (await page.evaluate('JSON.stringify(sessionStorage)')) === '{}');
    });
  });

  describe('the other pages', () => {
    it('fit on a phone, and lead to pages that are there', async () => {
      const { page, faults } = await browser.open({ ...phone, colorScheme: 'dark' });
      const open = ['/'];
      const seen = new Set<string>();
      for (let path = open.pop(); path !== undefined; path = open.pop()) {
        seen.add(path);
        const answer = await page.goto(service.url + path);
        expect([path, answer!.status(), await overflowOf(page)]).toEqual([path, 200, 0]);
        const links = await page
          .locator('a[href]')
          .evaluateAll((all) => all.map((a) => a.getAttribute('href')!));
        for (const href of links) {
          const { origin, pathname, hash } = new URL(href, service.url + path);
          if (origin !== service.url) continue;
          const here =
            pathname === path && hash !== '' ? await page.locator(`[id="${hash.slice(1)}"]`).count() : 1;
          expect([path, href, here]).toEqual([path, href, 1]);
          const isPage = pathname !== '/docs' && !pathname.endsWith('.json') && pathname.startsWith('/docs');
          if (isPage && !seen.has(pathname) && !open.includes(pathname)) open.push(pathname);
        }
      }
      expect(seen.size).toBeGreaterThan(12);
      expect([...seen]).toEqual(expect.arrayContaining(['/docs/problems', '/docs/guide/upgrading']));
      expect(faults).toEqual([]);
    });
  });
});
