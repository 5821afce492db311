// The list of the console, left on a later page: ways back lead to that page.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Emulator } from '../../emulator/emulator.js';
import type { TestBrowser } from '../support/browser.js';
import { fillCatalog } from '../support/catalog.js';
import { openConsole, startConsole, stopConsole } from '../support/console.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const search = '?scanStatus=completed&sort=name';

describe('the list of the console', () => {
  let emulator: Emulator;
  let service: TestService;
  let browser: TestBrowser;

  beforeAll(async () => {
    ({ emulator, service, browser } = await startConsole('100/60s', fillCatalog));
  });

  afterAll(() => stopConsole({ emulator, service, browser }));

  const rowsOf = (page: Page) => page.locator('table.images tbody th').allTextContents();
  const isOnPage = (page: Page, number: number) =>
    page.locator('nav.pager').getByText(String(number), { exact: true }).waitFor();

  /** The second page of the images, and the rows that it shows. */
  async function onSecondPage() {
    const { page } = await openConsole(browser, service.url, `/images${search}`);
    await page.locator('table.images').waitFor();
    const first = await rowsOf(page);
    await page.getByRole('button', { name: 'Next page' }).click();
    await isOnPage(page, 2);
    await until(async () => (await rowsOf(page))[0] !== first[0]);
    return { page, first, rows: await rowsOf(page) };
  }
  async function openImage(page: Page): Promise<void> {
    await page.locator('table.images tbody a').first().click();
    await page.locator('.facts').first().waitFor();
  }
  async function shows(page: Page, number: number, rows: string[]): Promise<void> {
    await isOnPage(page, number);
    await until(async () => JSON.stringify(await rowsOf(page)) === JSON.stringify(rows));
    expect(page.url()).toBe(`${service.url}/console/images${search}`);
  }

  it('shows the same page after Back from an image', async () => {
    const { page, first, rows } = await onSecondPage();
    await openImage(page);
    await page.goBack();
    await shows(page, 2, rows);
    await page.getByRole('button', { name: 'Previous page' }).click();
    await until(async () => (await rowsOf(page))[0] === first[0]);
    await openImage(page);
    await page.goBack();
    await until(async () => (await rowsOf(page))[0] === first[0]);
    await page.close();
  });

  it('shows the same page after a reload of the image and Back', async () => {
    const { page, rows } = await onSecondPage();
    await openImage(page);
    await page.reload();
    await page.locator('.facts').first().waitFor();
    await page.goBack();
    await shows(page, 2, rows);
    await page.close();
  });

  it('shows the same page and filters behind the link of the image', async () => {
    const { page, rows } = await onSecondPage();
    await openImage(page);
    await page.getByRole('link', { name: 'Images', exact: true }).click();
    await shows(page, 2, rows);
    // From the list itself the link leads to all images.
    await page.getByRole('link', { name: 'Images', exact: true }).click();
    await page.waitForURL(`${service.url}/console/images`);
    await isOnPage(page, 1);
    await page.close();
  });

  it('begins at the first page with other filters, and comes back by Back', async () => {
    const { page, rows } = await onSecondPage();
    await page.getByLabel('Sort').selectOption({ label: 'Newest first' });
    await page.waitForURL(/sort=-updatedAt/);
    await isOnPage(page, 1);
    await page.goBack();
    await shows(page, 2, rows);
    await page.close();
  });

  it('begins again when the service no longer knows the page', async () => {
    const { page, first } = await onSecondPage();
    await openImage(page);
    // Another life of the service has another key of cursors.
    const port = Number(new URL(service.url).port);
    await service.close();
    service = await startService({ emulator, port });
    await fillCatalog(service, emulator, Date.now());
    await page.goBack();
    await shows(page, 1, first);
    await page.close();
  });
});
