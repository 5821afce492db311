/** The console as a person has it: signed in, in a browser, beside what the page asked for and what went wrong. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { desktop, startBrowser, type TestBrowser } from './browser.js';
import { readKey, startService, type TestService } from './service.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

export interface OpenedConsole {
  page: Page;
  /** What the page wrote to the browser's console as an error, without the answers that the browser itself reports. */
  faults: string[];
  /** The addresses that the page asked for. */
  asked: string[];
}

export interface ConsoleParts {
  emulator: Emulator;
  service: TestService;
  browser: TestBrowser;
}

/** A service with 120 images in registries and 40 on hosts, whose catalog the test fills, and a browser. */
export async function startConsole(
  rate: string,
  fill: (service: TestService, emulator: Emulator, readAt: number) => Promise<unknown>,
): Promise<ConsoleParts> {
  const emulator = await startEmulator({ rate: 'off', registryImages: 120, localImages: 40 });
  const service = await startService({ emulator, env: { HSS_RATE: rate } });
  await fill(service, emulator, Date.now());
  return { emulator, service, browser: await startBrowser() };
}

export async function stopConsole({ emulator, service, browser }: ConsoleParts): Promise<void> {
  await browser.close();
  await service.close();
  await emulator.close();
}

/** Opens a page of the console with a key, as after signing in. */
export async function openConsole(
  browser: TestBrowser,
  serviceUrl: string,
  path: string,
  { key = readKey, ...options }: BrowserContextOptions & { key?: string } = {},
): Promise<OpenedConsole> {
  const { page, faults } = await browser.open({ ...desktop, ...options });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  // Only the first page of the tab has the key from here: a page that forgets the key must not find it again.
  await page.addInitScript(`
    if (window.name === '') sessionStorage.setItem('hss-bff.key', ${JSON.stringify(key)});
    window.name = 'signed in';`);
  await page.goto(`${serviceUrl}/console${path}`);
  await page.locator('header nav').waitFor();
  return { page, faults, asked };
}

/** What axe-core finds that is serious. @param rule only this rule, for what changes with the colours. */
export async function faultsOfAccess(page: Page, rule?: string): Promise<string[]> {
  // The pages allow no script from elsewhere; a browser under control runs it all the same.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe);
  const only = rule === undefined ? '' : `, { runOnly: ['${rule}'] }`;
  const violations = await page.evaluate<{ id: string; impact: string; nodes: { html: string }[] }[]>(
    `axe.run(document${only}).then(({ violations }) => violations)`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
