// The console while most contents are unread, as somebody new meets the pages shortly after a start.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { proxyAgentDigest } from '../../emulator/data/example-images.js';
import type { Emulator } from '../../emulator/emulator.js';
import { desktop, phone, type TestBrowser } from '../support/browser.js';
import { applyStep, contentDocuments, imageDocuments } from '../support/catalog.js';
import { openConsole, startConsole, stopConsole } from '../support/console.js';
import { adminKey, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const search = 'fileName=libcrypto.so.1.0.2k&os=Debian+9';
const asked = 'fileName=libcrypto.so.1.0.2k&baseOsName=debian&baseOsVersion=9';
const nowhere = 'fileName=no-such-file';
const widths = Object.entries({ desktop, phone });

describe('the console shortly after the start', () => {
  let emulator: Emulator;
  let service: TestService;
  let browser: TestBrowser;

  beforeAll(async () => {
    ({ emulator, service, browser } = await startConsole('5/60s', async (filled, from, readAt) => {
      const images = await imageDocuments(filled, readAt);
      const contents = contentDocuments(from, images, readAt);
      const others = contents.filter(({ key }) => !key.includes(proxyAgentDigest.slice(7)));
      await applyStep(filled, { images, contents: others.slice(0, 3), readAt });
    }));
  });

  beforeEach(() => emulator.faults.clear());

  afterAll(() => stopConsole({ emulator, service, browser }));

  const opened = async (path: string, options: Parameters<typeof openConsole>[3] = {}) =>
    (await openConsole(browser, service.url, path, options)).page;
  const box = (page: Page) => page.locator('.open-question');
  const total = async (page: Page) => Number(/[\d,]+/.exec(await page.locator('.total').innerText())?.[0]);
  /** The service of this test reads no catalog by itself, and so has no pace of its own. */
  const openedWithEnd = async (path: string, options: Parameters<typeof openConsole>[3]) => {
    const page = await opened('/hosts', options);
    await page.route('**/v1/catalog/status', async (route) => {
      const status = (await service.get('/v1/catalog/status')).body;
      status.coverage.files.expectedEndAt = new Date(Date.now() + 3_900_000).toISOString();
      await route.fulfill({ json: status });
    });
    await page.goto(`${service.url}/console${path}`);
    return page;
  };
  const isWithinWidth = (page: Page) =>
    page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth');

  describe.each(widths)('on a %s', (_, width) => {
    it.each(['/hosts', '/images'])('does not say that nothing matches: %s', async (path) => {
      const page = await opened(`${path}?${nowhere}`, width);
      const { catalog } = (await service.get(`/v1${path}?${nowhere}`)).body;
      const { known, total: all } = catalog.coverage.files as Record<string, number>;
      expect([known, all]).toEqual([3, expect.any(Number)]);
      await box(page)
        .getByText(`No match among the 3 of ${all} scanned images whose files are read.`)
        .waitFor();
      expect(await page.getByText(/^No (host|image) matches/).count()).toBe(0);
      await page.locator('.total', { hasText: 'so far' }).waitFor();
      const mark = page.locator('.mark', { hasText: 'lists complete' });
      await mark.filter({ hasText: `files of 3 of ${all}` }).waitFor();
      expect(await isWithinWidth(page)).toBe(true);
      await page.close();
    });

    it('says when the rest is expected, and what the viewer can do', async () => {
      const page = await openedWithEnd(`/hosts?${search}`, width);
      await box(page)
        .getByText(/The rest is expected in about 6\d min\./)
        .waitFor();
      await box(page).getByText('This page updates itself.').waitFor();
      await box(page).getByText('reads its content next').waitFor();
      expect(await isWithinWidth(page)).toBe(true);
      await page.close();
    });
  });

  it('says the same in Chinese', async () => {
    const page = await openedWithEnd(`/hosts?${nowhere}`, { locale: 'zh-CN' });
    await box(page).getByText('未找到匹配').waitFor();
    await box(page)
      .getByText(/预计约 .+后读完/)
      .waitFor();
    await page.close();
  });

  it('shows as many images that might match as it has said', async () => {
    const { unknown } = (await service.get(`/v1/hosts?${asked}`)).body;
    const { unknown: everywhere } = (await service.get(`/v1/images?${asked}`)).body;
    expect(unknown).toBeLessThan(everywhere as number);
    const page = await opened(`/hosts?${search}`);
    await box(page).getByText(`${unknown} more images on hosts might match`).waitFor();
    await page.getByRole('link', { name: 'Show them' }).click();
    await page.waitForURL(/match=unknown/);
    await until(async () => (await total(page)) === unknown);
    await page.close();
  });

  it('leads nowhere in a circle from what might match', async () => {
    const page = await opened(`/images?${search}&match=unknown`);
    await box(page).getByText('These images might match').waitFor();
    expect(await page.getByRole('link', { name: 'Show them' }).count()).toBe(0);
    expect(await page.getByText('more images').count()).toBe(0);
    // The hosts of images that might match are no question of the API.
    expect(await page.getByRole('link', { name: 'Which hosts have these?' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Back to what is known' }).click();
    await page.getByRole('link', { name: 'Which hosts have these?' }).waitFor();
    await page.close();
  });

  it('says on Hosts how to ask for hosts that run the image', async () => {
    const page = await opened('/hosts');
    await page.getByText('Tick “Running now” to see only those that run it.').waitFor();
    await page.close();
  });

  it('asks a gate for the worst severity that is allowed', async () => {
    const page = await opened(`/images/${encodeURIComponent(proxyAgentDigest)}`);
    const worst = page.getByLabel('Worst allowed');
    await worst.waitFor();
    expect(await worst.locator('option').allInnerTexts()).toEqual(['none', 'low', 'medium']);
    expect(await worst.inputValue()).toBe('medium');
    await page.getByRole('button', { name: 'Would it pass?' }).click();
    await page.getByText('Fail: severity high is worse than medium.').waitFor();
    await worst.selectOption('none');
    await page.getByText('Fail: severity high is worse than none.').waitFor();
    await page.close();
  });

  it('forgets that a link was copied', async () => {
    const page = await opened('/images');
    await page.getByRole('button', { name: 'Copy link' }).waitFor();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByRole('button', { name: 'Link copied' }).waitFor();
    await page.getByRole('button', { name: 'Copy link' }).waitFor();
    await page.close();
  });

  it('names every column in one line at 1280 px', async () => {
    const page = await opened('/images');
    const name = page.getByRole('columnheader', { name: 'Vulnerabilities' });
    await name.waitFor();
    const lines = await page.evaluate<number>(`
      const range = document.createRange();
      range.selectNodeContents(document.querySelectorAll('thead th')[2]);
      range.getClientRects().length`);
    expect(lines).toBe(1);
    await page.close();
  });

  it('says first whether HSS refuses calls', async () => {
    const page = await opened('/operate', { key: adminKey });
    const first = page.locator('section').first().locator('h2 + .refusals');
    await first.getByText('HSS refuses no calls now.').waitFor();
    await first.getByText(/used their calls|has a free call/).waitFor();
    emulator.faults.schedule({ kind: 'throttle', retryAfter: '120' });
    await service.get('/v1/registry-images?name=never-read', { 'X-API-Key': adminKey });
    await first.getByText(/HSS refuses calls until .*\d/).waitFor();
    await page.close();
  });
});
