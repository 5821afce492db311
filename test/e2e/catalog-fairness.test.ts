// Questions to the catalog: their consumers take turns, and a question ends with its consumer or with its deadline.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { History } from '../../src/catalog/index/history.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { fillCatalog } from '../support/catalog.js';
import { endlessQuery } from '../support/catalog/endless-query.js';
import { startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const keys = { busy: 'busy-consumer-key-01234', other: 'other-consumer-key-0123' };

const questions = [
  '/v1/images?q=a',
  '/v1/images?q=a&facets=severity,namespace',
  '/v1/hosts?q=a',
  '/v1/hosts/h1/images?q=a',
  '/v1/catalog/summary?q=a',
  '/v1/catalog/export?q=a',
  '/v1/catalog/export?q=a&of=hosts',
];

describe('questions to the catalog', () => {
  const clock = TestClock.still();
  let emulator: Emulator;
  let service: TestService;
  /** Questions that have reached the index, and those that have ended. */
  let begun = 0;
  let ended = 0;
  let free: () => void = () => undefined;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock, registryImages: 5, localImages: 5 });
    const env = { API_KEYS: `busy=${keys.busy},other=${keys.other},reader=test-read-key-0123456789` };
    service = await startService({ emulator, clock, env });
    await fillCatalog(service, emulator, clock.now());
    const { catalog } = service;
    for (const name of ['images', 'hosts', 'facets', 'stream', 'streamHosts'] as const) {
      const ask = catalog[name].bind(catalog) as (...asked: unknown[]) => Promise<never>;
      catalog[name] = (...asked: unknown[]) => {
        begun += 1;
        return ask(...asked).finally(() => (ended += 1));
      };
    }
  });

  beforeEach(() => {
    begun = ended = 0;
  });

  afterEach(async () => {
    free();
    await until(() => ended === begun);
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  /** Keeps all readers of the tables busy until `free`. */
  const holdReaders = () => {
    const holding = new AbortController();
    const { engine } = (service.catalog as unknown as { history: History }).history;
    for (const consumer of ['x', 'x', 'y'])
      engine
        .readerFor({ consumer, deadline: holding })
        .ask(endlessQuery, [])
        .catch(() => undefined);
    free = () => holding.abort(new Error('The readers are free'));
  };

  const ask = (
    key: keyof typeof keys,
    path: string,
    headers: Record<string, string> = {},
    init: RequestInit = {},
  ): Promise<TestAnswer> =>
    service.request(path, { ...init, headers: { 'X-API-Key': keys[key], ...headers } });

  it('of another consumer do not wait behind a long line', async () => {
    holdReaders();
    const order: string[] = [];
    const crowd = Array.from({ length: 60 }, (_, at) =>
      ask('busy', `/v1/images?q=a${at}`).then(({ status }) => order.push(`busy ${status}`)),
    );
    await until(() => begun === 60);
    const other = ask('other', '/v1/images?q=b').then(({ status }) => order.push(`other ${status}`));
    await until(() => begun === 61);
    free();
    await Promise.all([...crowd, other]);
    // Questions that were under way end first. A line in order of arrival would put it behind all sixty.
    expect(order.indexOf('other 200')).toBeLessThan(15);
    expect(order.filter((each) => each === 'busy 200')).toHaveLength(60);
  });

  it.each(questions)('leave the line when their consumer hangs up: %s', async (path) => {
    holdReaders();
    const leaving = new AbortController();
    const crowd = Array.from({ length: 2 }, () =>
      ask('busy', path, {}, { signal: leaving.signal }).catch(String),
    );
    await until(() => begun >= 2);
    leaving.abort();
    await Promise.all(crowd);
    await until(() => ended === begun);
  });

  it.each(questions)('end with the time that the consumer waits: %s', async (path) => {
    holdReaders();
    const answer = ask('busy', path, { Prefer: 'wait=1' });
    await until(() => begun >= 1);
    clock.advance(1_001);
    const { status, body } = await answer;
    expect([status, body.code]).toEqual([504, 'deadline-exceeded']);
  });

  it('are bounded for one consumer, and leave room for others', async () => {
    holdReaders();
    // Each request has two questions, and a hundred questions of one consumer may wait.
    const crowd = Array.from({ length: 53 }, (_, at) => ask('busy', `/v1/images?q=c${at}&facets=severity`));
    await until(() => begun === 106);
    const other = ask('other', '/v1/images?q=d');
    await until(() => begun === 107);
    free();
    const answers = await Promise.all(crowd);
    expect((await other).status).toBe(200);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(3);
    for (const { status, body, headers } of refused) {
      expect([status, body.code]).toEqual([503, 'overloaded']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });
});
