/** A real Chromium for the tests of pages. `npm test` finds or installs the program: scripts/find-program.mjs. */
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { until } from './until.js';

export interface TestBrowser {
  /** A page in a profile of its own. `faults` collects everything that the page writes to the console as an error. */
  open(options?: BrowserContextOptions): Promise<{ page: Page; faults: string[] }>;
  close(): Promise<void>;
}

export const desktop = { viewport: { width: 1280, height: 800 } };
export const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** What a browser does may take as long as a test: Playwright's own limit of 30 s is too short for a busy machine. */
const patienceMs = 200_000;

export async function startBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
    // Chromium's sandbox does not work for root, and a container has little shared memory.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    timeout: patienceMs,
  });
  return {
    open: async (options = desktop) => {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(patienceMs);
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
      });
      page.on('pageerror', (error) => faults.push(String(error)));
      return { page, faults };
    },
    close: () => browser.close(),
  };
}

/** Resolves when nothing on the page shows the text. Until then several elements may show it. */
export async function untilGone(page: Page, text: string): Promise<void> {
  await until(async () => (await page.getByText(text).count()) === 0);
}
