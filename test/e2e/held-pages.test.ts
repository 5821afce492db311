import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { HotAnswers } from '../../src/http/hot-answers.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { rawRequest, type RawAnswer } from '../support/raw-http.js';
import { readKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const [image = '', coordinates = ''] = proxyAgent.split('?');
const list = '/v1/registry-images';
const minute = 60_000;

describe('further pages of a list that memory holds', () => {
  // A still clock: ages are exact.
  const clock = TestClock.still();
  let emulator: Emulator;
  let service: TestService;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', totalRate: 'off', clock });
    service = await startService({ emulator, clock });
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  beforeEach(async () => {
    clock.advance(10 * minute);
    await service.purge();
    emulator.journal.clear();
  });

  const hits = () => service.part(HotAnswers).hits;
  const raw = (path: string, headers: Record<string, string> = {}) =>
    rawRequest(service.url, path, { headers: { 'X-API-Key': readKey, 'X-Request-Id': 'fixed', ...headers } });

  /** Without the second in which the answer left, which a slow machine ends between two answers. */
  function comparable({ status, text, headers: { date, ...headers } }: RawAnswer) {
    expect(typeof date).toBe('string');
    return { status, text, headers };
  }

  /** Whether the request is answered ahead of the routes. */
  async function isHit(path: string): Promise<boolean> {
    const before = hits();
    expect((await service.get(path)).status).toBe(200);
    return hits() > before;
  }

  const pages: [string, string][] = [
    [`${list}?limit=1&offset=0`, `${list}?limit=200&offset=0`],
    [`${list}?limit=1&offset=0`, `${list}?limit=7&offset=100`],
    [`${list}?offset=5&severity=high&limit=1`, `${list}?offset=0&severity=high&limit=20`],
    [`${list}?limit=5`, `${list}?limit=6`],
    [`${list}?limit=5&walk=0abc`, `${list}?limit=9&walk=1zz`],
    [`${list}?limit=2&name=%E5%9B%BE`, `${list}?limit=3&name=%E5%9B%BE`],
    ['/v1/local-images?limit=3', '/v1/local-images?limit=30'],
    [`${image}/files?${coordinates}&limit=2`, `${image}/files?${coordinates}&limit=20`],
    [`${image}/base-os?${coordinates}&limit=2`, `${image}/base-os?${coordinates}&limit=3`],
  ];

  it.each(pages)('after %s: %s is like the page of the route', async (one, other) => {
    await raw(one);
    await raw(one);
    const before = hits();
    const page = await raw(other);
    expect(hits()).toBe(before + 1);
    const ofRoute = await raw(other, { 'Cache-Control': 'max-stale=0' });
    expect(hits()).toBe(before + 1);
    expect(comparable(page)).toEqual(comparable(ofRoute));
    expect(emulator.journal.calls()).toHaveLength(1);
  });

  it('show a block beyond the first', async () => {
    for (const offset of [0, 200]) await service.get(`${list}?limit=50&offset=${offset}`);
    expect(await isHit(`${list}?limit=50&offset=210`)).toBe(true);
    const { body } = await service.get(`${list}?limit=50&offset=210`);
    const { body: ofRoute } = await service.get(`${list}?limit=50&offset=210`, {
      'Cache-Control': 'max-stale=0',
    });
    expect(body).toEqual(ofRoute);
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=01',
    'limit=1&limit=2',
    'limit=%31%31%31%31',
    'limit=1&offset=2000001',
  ])('are refused by the route: %s', async (paging) => {
    for (const known of ['limit=1', 'limit=1&offset=0', 'limit=1&limit=1'])
      await service.get(`${list}?${known}`);
    expect((await service.get(`${list}?${paging}`)).status).toBe(400);
  });

  it.each([
    [`${list}?name=a?limit=5`, `${list}?name=a?limit=7`],
    [`${list}?limit=1&name=a?offset=5`, `${list}?limit=2&name=a?offset=7`],
    ['/v1/images/a&limit=1&/files?type=cicd', '/v1/images/a&limit=2&/files?type=cicd'],
  ])('are not those of another list: %s', async (one, other) => {
    for (const path of [one, other, other]) await service.get(path);
    expect(emulator.journal.calls()).toHaveLength(2);
  });

  it('come from the route when two blocks have their rows', async () => {
    for (const offset of [0, 200]) await service.get(`${list}?limit=50&offset=${offset}`);
    expect(await isHit(`${list}?limit=50&offset=180`)).toBe(false);
  });

  it('are read anew after a purge', async () => {
    const { body } = await service.get(`${list}?limit=1`);
    clock.advance(1_000);
    await service.purge();
    const other = await service.get(`${list}?limit=2`);
    expect(other.body.fetchedAt > body.fetchedAt).toBe(true);
    expect(emulator.journal.calls()).toHaveLength(2);
  });

  it('are read anew when the fresh life is over', async () => {
    await service.get(`${list}?limit=1`);
    clock.advance(2 * minute);
    expect(await isHit(`${list}?limit=2`)).toBe(false);
    // The clock must not be moved while the refresh is under way.
    await until(async () => (await raw(`${list}?limit=2`)).headers.age === '0');
  });

  it('have the same ETag after the same rows were read again', async () => {
    await service.get(`${list}?limit=1`);
    const { etag } = (await raw(`${list}?limit=3`)).headers;
    clock.advance(10 * minute);
    await service.purge();
    await service.get(`${list}?limit=1`);
    expect((await raw(`${list}?limit=3`)).headers.etag).toBe(etag);
    expect((await raw(`${list}?limit=3`, { 'If-None-Match': String(etag) })).status).toBe(304);
    expect((await raw(`${list}?limit=4`)).headers.etag).not.toBe(etag);
  });
});
