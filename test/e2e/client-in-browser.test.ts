// The typed client in Chromium, on a page of another origin.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import ts from 'typescript';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { startBrowser, type TestBrowser } from '../support/browser.js';
import { fillCatalog } from '../support/catalog.js';
import { readKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { startUpstream, type UpstreamServer } from '../support/upstream-server.js';

const root = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const { ES2022 } = ts.ScriptTarget;
const imports = { 'hss-bff-client': '/client/index.js', 'openapi-fetch': '/openapi-fetch.js' };
const html = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports })}</script>`;

/** The modules as a browser loads them: no bundle, no build. */
function moduleAt(path: string): string {
  if (path === imports['openapi-fetch']) return read('node_modules/openapi-fetch/dist/index.mjs');
  const source = read(path.replace('/client/', 'clients/typescript/src/').replace(/js$/, 'ts'));
  return ts.transpile(source, { target: ES2022, module: ts.ModuleKind.ES2022 });
}

describe('the typed client in a browser', () => {
  const clock = TestClock.still();
  let pages: UpstreamServer;
  let emulator: Emulator;
  let service: TestService;
  let browser: TestBrowser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    pages = await startUpstream(({ url = '/' }, response) => {
      const type = url === '/' ? 'text/html' : 'text/javascript';
      response.writeHead(200, { 'content-type': type }).end(url === '/' ? html : moduleAt(url));
    });
    emulator = await startEmulator({ rate: 'off', clock, registryImages: 60, localImages: 40 });
    service = await startService({ emulator, clock, env: { CORS_ORIGINS: pages.url } });
    await fillCatalog(service, emulator, clock.now());
    browser = await startBrowser();
    ({ page, faults } = await browser.open());
    await page.goto(pages.url);
  });
  afterAll(async () => {
    await browser.close();
    await service.close();
    await emulator.close();
    await pages.close();
  });

  /** Runs a program in the page, with the client as `bff`. */
  const inPage = (program: string): Promise<unknown> =>
    page.evaluate(`(async () => {
      const { createHssBffClient, isProblem, partOf } = await import('hss-bff-client');
      const bff = createHssBffClient({ baseUrl: ${JSON.stringify(service.url)}, key: ${JSON.stringify(readKey)} });
      ${program}
    })()`);

  it('reads pages, with exact integers', async () => {
    const found = await inPage(`
      const sizes = [];
      for await (const { sizeBytes } of bff.items.searchImages({ severity: 'high', limit: 2 })) sizes.push(sizeBytes);
      return sizes;`);
    const { body } = await service.get('/v1/images?severity=high&limit=200');
    const items = body.items as { sizeBytes: number | null }[];
    expect(found).toEqual(items.map(({ sizeBytes }) => (sizeBytes === null ? null : String(sizeBytes))));
  });

  it('knows the age of an unchanged answer, past the cache of the browser', async () => {
    const ask = 'bff.listRegistryImages({ limit: 1 })';
    await inPage(`globalThis.first = await ${ask}; globalThis.kept = bff;`);
    clock.advance(40_000);
    const ages = await inPage(`
      const again = await kept.listRegistryImages({ limit: 1 });
      return [again.etag === first.etag, Date.now() - again.asOf > 39_000, again.headers.get('age')];`);
    expect(ages).toEqual([true, true, '40']);
  });

  it('streams an export', async () => {
    const counted = await inPage(`
      const { total, lines } = await bff.exportCatalog();
      let read = 0;
      for await (const line of lines) read += 1;
      return total - read;`);
    expect(counted).toBe(0);
    expect(faults).toEqual([]);
  });

  it('throws problems with their codes', async () => {
    const code = await inPage(`
      return bff.lookupImage({ ref: 'no-such-team/app:1' }).catch((error) => isProblem(error) && error.problem.code);`);
    expect(code).toBe('not-found');
  });
});
