// What a sceptical reader of the console notices: words, counts, files, and what a page asks of HSS.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proxyAgentDigest } from '../../emulator/data/example-images.js';
import type { Emulator } from '../../emulator/emulator.js';
import type { TestBrowser } from '../support/browser.js';
import { fillCatalog } from '../support/catalog.js';
import { openConsole, startConsole, stopConsole } from '../support/console.js';
import { adminKey, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

interface HostImage {
  containerCount: number | null;
  running: boolean;
}
const unknownDigest = `sha256:${'0'.repeat(64)}`;
const oddDigest = `sha256:${'0dd'.repeat(21)}0`;
const manyHosts = 30;

/** An image with a severity that HSS added, on many hosts; its content is not known. */
function addOddImages({ data }: Emulator): void {
  const row = { image_name: 'odd', image_digest: oddDigest, severity_level: 'Critical' };
  const ids = Array.from({ length: manyHosts }, (_, index) => `odd-host-${index}`);
  const hosts = ids.map((id) => ({ id, name: id, agentId: id, privateIp: '192.168.2.1', containers: [] }));
  data.addLocalImage(row, { hosts });
}

const imagePage = (id: string) => `/images/${encodeURIComponent(id)}`;

describe('the console', () => {
  let emulator: Emulator;
  let service: TestService;
  let browser: TestBrowser;

  beforeAll(async () => {
    ({ emulator, service, browser } = await startConsole('100/60s', (filled, from, readAt) => {
      addOddImages(from);
      return fillCatalog(filled, from, readAt);
    }));
  });

  afterAll(() => stopConsole({ emulator, service, browser }));

  const opened = (path: string, options: Parameters<typeof openConsole>[3] = {}) =>
    openConsole(browser, service.url, path, options);

  it('counts one image and one host as one', async () => {
    const { page } = await opened(`/images?q=${proxyAgentDigest}`);
    await page.getByText('1 image', { exact: true }).waitFor();
    await page.close();
  });

  it.each([
    ['image', imagePage(unknownDigest)],
    ['host', '/hosts/no-such-host'],
  ])('says that the service does not know this %s', async (_, path) => {
    const { page } = await opened(path);
    await page.getByText('The service does not know this.').waitFor();
    expect(await page.getByText('coordinates').count()).toBe(0);
    await page.close();
  });

  it('searches the files of an image without a call of HSS', async () => {
    const { page, asked } = await opened(imagePage(proxyAgentDigest));
    await page.getByText('ld.gold').waitFor();
    await page.getByLabel('Search files').fill('LIBCRYPTO.so');
    await page.getByText('ld.gold').waitFor({ state: 'detached' });
    await page.getByText('libcrypto.so.1.0.2k').waitFor();
    await page.getByLabel('Search files').fill('no-such-file');
    await page.getByText('libcrypto.so.1.0.2k').waitFor({ state: 'detached' });
    expect(asked.filter((url) => url.includes('fileName='))).toEqual([]);
    await page.close();
  });

  it('shows three of the files that match, and that there are more', async () => {
    const { page } = await opened('/images?fileName=lib');
    const matched = page.locator('tbody tr').first().locator('th div');
    await matched.filter({ hasText: 'and more' }).waitFor();
    expect(await matched.count()).toBe(3);
    await page.close();
  });

  it('says of the images of one host whether they run there', async () => {
    const { items: hosts } = (await service.get('/v1/hosts?limit=200')).body;
    const imagesOf = async (hostId: string) =>
      (await service.get(`/v1/hosts/${hostId}/images?limit=50&sort=-severity,-vulnerabilities`)).body
        .items as HostImage[];
    const isElsewhere = ({ containerCount, running }: HostImage) => containerCount === 0 && running;
    const ids = (hosts as { hostId: string | null }[]).flatMap(({ hostId }) => hostId ?? []);
    let [hostId, index] = ['', -1];
    for (const id of ids) {
      if (index === -1) [hostId, index] = [id, (await imagesOf(id)).findIndex(isElsewhere)];
    }
    expect(index).toBeGreaterThan(-1);
    const { page } = await opened(`/hosts/${hostId}`);
    const running = page.locator('tbody tr').nth(index).locator('td[data-label="Running"]');
    await running.filter({ hasText: /^no$/ }).waitFor();
    await page.close();
  });

  it('names a file of hosts after them', async () => {
    const { page } = await opened('/hosts?os=debian', { key: adminKey });
    await page.getByText('Ask the API the same').click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    expect((await download).suggestedFilename()).toBe('hosts.csv');
    await page.close();
  });

  it('says the words of a scan in Chinese', async () => {
    const { page } = await opened('/images', { locale: 'zh-CN' });
    await page.getByRole('button', { name: /^已完成/ }).waitFor();
    await page.close();
  });

  it('refuses a key that no header can carry', async () => {
    const { page } = await browser.open();
    await page.goto(`${service.url}/console`);
    await page.getByLabel('API key').fill('key-密钥-0123456789');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('does not know this key').waitFor();
    await page.close();
  });

  it('shows a severity that HSS added as a bad one', async () => {
    const { page } = await opened('/images?q=odd');
    const colourOf = (word: string) =>
      page
        .locator('tbody .severity', { hasText: word })
        .first()
        .evaluate((shown) => String(shown.ownerDocument.defaultView?.getComputedStyle(shown).color));
    const critical = await colourOf('critical');
    await page.goto(`${service.url}/console/images?severity=high`);
    expect(critical).toMatch(/^rgb/);
    expect(critical).toBe(await colourOf('high'));
    await page.close();
  });

  it('names the tab after the image, and leads from some hosts to all', async () => {
    const { page } = await opened(imagePage(oddDigest));
    const all = page.getByRole('link', { name: `Which hosts have these? ${manyHosts}` });
    await all.waitFor();
    expect(await page.title()).toBe('odd:v1 · hss-bff');
    expect(await page.getByRole('link', { name: /^odd-host-/ }).count()).toBeLessThan(manyHosts);
    await all.click();
    await page.getByText(`${manyHosts} hosts`).waitFor();
    expect(await page.title()).toBe('Hosts · hss-bff');
    await page.close();
  });

  it('says in words why a part of an image is not known', async () => {
    const { page } = await opened(imagePage(oddDigest));
    await page.getByText('the image is in no registry').waitFor();
    expect(await page.getByText('The service does not know this').count()).toBe(0);
    await page.close();
  });

  it('names the containers of one host in one line at 1280 px', async () => {
    const { page } = await opened('/hosts/odd-host-0');
    const name = page.getByRole('columnheader', { name: 'Containers' });
    await name.waitFor();
    const lines = await name.evaluate((header) => {
      const range = header.ownerDocument.createRange();
      range.selectNodeContents(header);
      return range.getClientRects().length;
    });
    expect(lines).toBe(1);
    await page.close();
  });

  it('reads the status of the catalog once while nothing changes', async () => {
    const { page } = await opened('/images', { key: adminKey });
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/v1/catalog/status')) statuses.push(response.status());
    });
    await page.getByRole('link', { name: 'Budget and cache' }).click();
    await until(() => statuses.length >= 2);
    expect(statuses.slice(0, 2)).toEqual([200, 304]);
    await page.close();
  });

  it('shows how to ask for the health', async () => {
    const { page } = await opened('/operate', { key: adminKey });
    await page.locator('code').filter({ hasText: 'client.getHealth()' }).waitFor({ state: 'attached' });
    await page.close();
  });
});
