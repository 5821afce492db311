// The console in a real browser, at the width of a desktop and of a phone.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { proxyAgentDigest } from '../../emulator/data/example-images.js';
import type { Emulator } from '../../emulator/emulator.js';
import { desktop, phone, untilGone, type TestBrowser } from '../support/browser.js';
import { fillCatalog } from '../support/catalog.js';
import { faultsOfAccess, openConsole, startConsole, stopConsole } from '../support/console.js';
import { adminKey, readKey, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const file = 'libcrypto.so.1.0.2k';
const pages = {
  images: '/images?severity=high',
  image: `/images/${encodeURIComponent(proxyAgentDigest)}`,
  hosts: '/hosts?os=debian',
  budget: '/operate',
};
/** Where pictures of the pages go. */
const pictures = process.env['PICTURES'];
const slowBrowserMs = 240_000;

/** The words of all cells in a column of the table, row by row. */
const rowsOf = (page: Page): Promise<string[]> =>
  page.locator('table.rows tbody tr').evaluateAll((rows) => rows.map((row) => row.innerText));

describe('the console', () => {
  let emulator: Emulator;
  let service: TestService;
  let browser: TestBrowser;

  beforeAll(async () => {
    ({ emulator, service, browser } = await startConsole('5/60s', fillCatalog));
  });

  afterAll(() => stopConsole({ emulator, service, browser }));

  const opened = (path: string, options: Parameters<typeof openConsole>[3] = {}) =>
    openConsole(browser, service.url, path, options);
  /** On a phone the counts are folded. */
  const unfolded = async (page: Page) => {
    const facets = page.locator('details.facets');
    await facets.waitFor();
    if ((await page.locator('details.facets[open]').count()) === 0) await facets.locator('summary').click();
  };
  const total = async (page: Page) => Number(/[\d,]+/.exec(await page.locator('.total').innerText())?.[0]);

  describe('asks for the key', () => {
    it('once, keeps it in the tab, and forgets it', async () => {
      const { page, faults } = await browser.open();
      await page.goto(`${service.url}/console`);
      await page.getByLabel('API key').fill('a-key-that-nobody-issued');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('does not know this key').waitFor();
      await page.getByLabel('API key').fill(readKey);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('table.rows').waitFor();
      await page.reload();
      await page.locator('table.rows').waitFor();
      const kept = await page.evaluate<string>('JSON.stringify([{ ...localStorage }, document.cookie])');
      expect([kept.includes(readKey), page.url().includes(readKey)]).toEqual([false, false]);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('API key').waitFor();
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
      // The browser itself reports each 401: of the first question without a key, and of the wrong key.
      expect(faults.filter((fault) => !fault.includes('401'))).toEqual([]);
      await page.close();
    });
  });

  describe.each(Object.entries({ desktop, phone }))('on a %s', (_, width) => {
    it(
      'answers the five questions of docs/incident.md by clicks',
      async () => {
        const { page, faults, asked } = await opened('/hosts', width);
        const matches = async (path: string) => (await service.get(path)).body.total as number;
        const settles = (expected: number) => until(async () => (await total(page)) === expected);

        await page.getByLabel('File').fill(file);
        await settles(await matches(`/v1/hosts?fileName=${file}`));
        expect((await rowsOf(page))[0]).toContain(file);

        await page.getByRole('button', { name: 'Clear all' }).click();
        await page.getByLabel('Base OS').fill('debian 9');
        await settles(await matches('/v1/hosts?baseOsName=debian&baseOsVersion=9'));

        await page.getByRole('link', { name: 'Images', exact: true }).click();
        await unfolded(page);
        await page.getByRole('button', { name: /^high/ }).click();
        await page.getByLabel('Running now').check();
        await settles(await matches('/v1/images?severity=high&running=true'));
        expect(page.url()).toMatch(/severity=high&running=true$/);

        await page.getByRole('button', { name: 'Clear all' }).click();
        await page.getByLabel('Name, digest or reference').fill(proxyAgentDigest);
        await settles(1);
        await page.getByRole('link', { name: /proxy-agent/ }).click();
        await page.getByRole('heading', { name: /proxy-agent:24/ }).waitFor();
        await page.getByText('swr-private').first().waitFor();
        await page.getByRole('link', { name: 'node-0001' }).waitFor();

        await page.getByRole('link', { name: 'Images', exact: true }).click();
        await page.getByRole('button', { name: 'Clear all' }).click();
        await page.getByLabel('File').fill('no-such-file');
        await settles(0);
        const { total: unknown } = (await service.get('/v1/images?fileName=no-such-file&match=unknown')).body;
        if (unknown > 0) {
          await page.getByRole('link', { name: 'Show them' }).click();
          await settles(unknown as number);
        }
        expect(asked.filter((url) => !url.startsWith(service.url))).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        expect(faults.filter((fault) => !fault.includes('401'))).toEqual([]);
        await page.close();
      },
      slowBrowserMs,
    );
  });

  it.each(Object.entries(pages))(
    'is readable for everybody: %s',
    async (name, path) => {
      const { page } = await opened(path, { key: adminKey, reducedMotion: 'reduce' });
      await page.locator('.mark, .facts').first().waitFor();
      await untilGone(page, 'Loading …');
      for (const [widthName, { viewport }] of Object.entries({ desktop, phone })) {
        await page.setViewportSize(viewport);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          if (pictures)
            await page.screenshot({ path: join(pictures, `${name}-${widthName}-${colorScheme}.png`) });
          // Dark differs from light in the colours alone.
          const faults = await faultsOfAccess(page, colorScheme === 'dark' ? 'color-contrast' : undefined);
          expect([widthName, colorScheme, faults]).toEqual([widthName, colorScheme, []]);
        }
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      }
      await page.close();
    },
    slowBrowserMs,
  );

  it('would be called unreadable with a button that says nothing', async () => {
    const { page } = await opened('/images');
    await page.locator('.mark').waitFor();
    await page.evaluate("document.body.append(document.createElement('button'))");
    expect(await faultsOfAccess(page)).toEqual(['button-name: <button></button>']);
    await page.close();
  });

  it('works without a mouse', async () => {
    const { page } = await browser.open();
    await page.goto(`${service.url}/console/images`);
    await page.getByLabel('API key').waitFor();
    await page.keyboard.type(readKey);
    await page.keyboard.press('Enter');
    await page.locator('table.rows').waitFor();
    await page.getByLabel('Name, digest or reference').focus();
    await page.keyboard.type('proxy-agent');
    const { total: matches } = (await service.get('/v1/images?q=proxy-agent')).body;
    await until(async () => (await total(page)) === matches);
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    for (let tabs = 0; tabs < 60 && !(await focused()).includes('proxy-agent'); tabs += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /proxy-agent/ }).waitFor();
    await page.close();
  });

  it('shares an address that brings a colleague to the same rows, without a cursor', async () => {
    const { page } = await opened('/images');
    await page.getByRole('button', { name: /^completed/ }).click();
    await page.getByLabel('Sort').selectOption({ label: 'By name' });
    await page.waitForURL(/scanStatus=completed&sort=name/);
    const { items } = (await service.get('/v1/images?scanStatus=completed&sort=name&limit=1')).body;
    // The rows of the question before stay until the new ones are there.
    await until(async () => (await rowsOf(page))[0]?.includes((items[0].digest as string).slice(7, 19)));
    // The browser tells no inner text of rows out of sight.
    const namesOf = (shown: Page) => shown.locator('table.rows tbody th').allTextContents();
    const first = await namesOf(page);
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.locator('nav.pager').getByText('2').waitFor();
    expect(page.url()).not.toContain('cursor');
    const { page: other } = await opened(
      new URL(page.url()).pathname.slice('/console'.length) + new URL(page.url()).search,
    );
    await other.locator('table.rows').waitFor();
    expect(await namesOf(other)).toEqual(first);
    await page.close();
    await other.close();
  });

  it('speaks Chinese, and remembers that', async () => {
    const { page } = await opened('/images');
    await page.getByLabel('Language').selectOption('zh');
    await page.getByRole('heading', { name: '镜像' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: '镜像' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh');
    await page.close();
  });

  it('copies lines that give the same answer, with $KEY in place of the key', async () => {
    const { page } = await opened('/images?severity=high&os=debian');
    await page.getByText('Ask the API the same').click();
    const line = await page.locator('.copied code').first().innerText();
    expect(line).toContain('X-API-Key: $KEY');
    expect(await page.content()).not.toContain(readKey);
    expect(line).toContain('severity=high');
    expect(line).toContain('baseOsName=debian');
    await page.close();
  });

  it('says whether a gate would let the image pass, and why not', async () => {
    const { page } = await opened(`/images/${encodeURIComponent(proxyAgentDigest)}`);
    await page.getByRole('button', { name: 'Would it pass?' }).click();
    await page.getByText('Fail: severity high is worse than medium.').waitFor();
    await page.close();
  });

  it('purges only after it has said what that voids', async () => {
    const { page } = await opened('/operate', { key: adminKey });
    await page.getByLabel('What').selectOption('One kind of answers');
    await page.getByRole('combobox', { name: 'Which answers' }).selectOption('image-files');
    expect(await page.getByRole('button', { name: 'Void them' }).count()).toBe(0);
    await page.getByRole('button', { name: 'What would it void?' }).click();
    await page.getByText(/Would void \d+ stored answers/).waitFor();
    await page.getByRole('button', { name: 'Void them' }).click();
    await page.getByText('list:image-files is void.').waitFor();
    await page.close();
  });

  it('says what is missing to a key without the right', async () => {
    const { page } = await opened('/operate');
    await page.getByText('It needs the scope watch').waitFor();
    expect(await page.getByRole('heading', { name: 'Purge' }).count()).toBe(0);
    await page.close();
  });
});
