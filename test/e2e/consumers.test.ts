// The consumers file: who is let in, with which scopes, and how a change of the file comes into force.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { entry, fileOf, MountedFile, sha256 } from '../support/consumers.js';
import { expectProblem } from '../support/expect-problem.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const list = '/v1/registry-images?limit=1';
const keyOf = (id: string) => `key-of-${id}-0123456789`;
const consumer = (id: string, ...scopes: string[]) => entry(id, { key: keyOf(id), scopes });

describe('a service with a consumers file', () => {
  const clock = TestClock.still();
  let emulator: Emulator;
  let service: TestService;
  let file: MountedFile;
  const as = (id: string, path = list, init: RequestInit = {}) =>
    service.request(path, { ...init, headers: { 'X-API-Key': keyOf(id), ...init.headers } });
  const statusOf = async (id: string, path = list) => (await as(id, path)).status;
  /** Lets the service look at the file, and waits until what must come has come. */
  const reloaded = async (isThere: () => Promise<boolean>) => {
    clock.advance(15_000);
    await until(isThere);
  };

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock });
  });
  beforeEach(async () => {
    file = new MountedFile(
      fileOf(
        ...['read', 'hosts', 'export', 'watch', 'admin', 'hss'].map((scope) => consumer(scope, scope)),
        consumer('none'),
        entry('old', { keys: [{ sha256: sha256(keyOf('old')), expires: '2020-01-31' }], scopes: ['read'] }),
      ),
    );
    service = await startService({ emulator, clock, env: { CONSUMERS_FILE: file.path } });
    emulator.journal.clear();
  });
  afterEach(async () => {
    await service.close();
    file.close();
  });
  afterAll(() => emulator.close());

  it('opens the routes of each scope, and refuses the others without a call', async () => {
    const routes: [path: string, ...allowed: string[]][] = [
      [list, 'read'],
      [proxyAgent, 'read'],
      ['/v1/images', 'read'],
      ['/v1/images/lookup?ref=a/b', 'read'],
      ['/v1/catalog/summary', 'read'],
      ['/v1/catalog/changes', 'read'],
      ['/v1/catalog/status', 'read', 'watch', 'admin'],
      ['/v1/local-images', 'hosts'],
      ['/v1/hosts', 'hosts'],
      ['/v1/hosts/x/images', 'hosts'],
      ['/v1/catalog/export', 'export'],
      ['/v1/admin/budget', 'watch', 'admin'],
      ['/v1/admin/cache', 'watch', 'admin'],
    ];
    const others = ['read', 'hosts', 'export', 'watch', 'admin', 'hss', 'none'];
    for (const [path, ...allowed] of routes) {
      for (const id of allowed) expect([path, id, await statusOf(id, path)]).not.toContain(403);
      emulator.journal.clear();
      for (const id of others.filter((each) => !allowed.includes(each))) {
        const answer = await as(id, path);
        expect([path, id, answer.status]).toEqual([path, id, 403]);
        expectProblem(answer, { status: 403, code: 'forbidden' });
      }
      expectProblem(await as('old', path), { status: 401, code: 'unauthenticated' });
      expectProblem(await as('nobody', path), { status: 401, code: 'unauthenticated' });
      expect(emulator.journal.calls()).toEqual([]);
    }
  });

  it('lets only `admin` purge', async () => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: 'k' }),
    };
    for (const id of ['read', 'hosts', 'export', 'watch', 'none'])
      expectProblem(await as(id, '/v1/admin/cache/purge', init), { status: 403, code: 'forbidden' });
    expect((await as('admin', '/v1/admin/cache/purge', init)).status).toBe(200);
  });

  it('asks for the scope on the hot path too', async () => {
    const { hot } = (await as('watch', '/v1/admin/cache')).body;
    for (let round = 0; round < 3; round += 1) expect(await statusOf('read')).toBe(200);
    expect((await as('watch', '/v1/admin/cache')).body.hot.hits).toBeGreaterThan(hot.hits);
    expect([await statusOf('export'), await statusOf('old'), await statusOf('nobody')]).toEqual([
      403, 401, 401,
    ]);
  });

  it('writes the id of the key into the log, and never the key', async () => {
    await as('read');
    await as('export');
    const ids = ['read', 'export'].map(
      (id) => `"consumer":"${id}","keyId":"${sha256(keyOf(id)).slice(0, 8)}"`,
    );
    for (const id of ids) expect(service.logText()).toContain(id);
    for (const id of ['read', 'export']) expect(service.logText()).not.toContain(sha256(keyOf(id)));
  });

  describe('after a change of the file', () => {
    it('follows within 15 s when Kubernetes swaps the link', async () => {
      file.write(fileOf(consumer('new', 'read'), consumer('read', 'export')));
      expect([await statusOf('new'), await statusOf('read')]).toEqual([401, 200]);
      await reloaded(async () => (await statusOf('new')) === 200);
      expect([await statusOf('read'), await statusOf('hosts')]).toEqual([403, 401]);
      expect(service.logText()).toContain('"audit":"reload"');
    });

    it('keeps the last good state of a bad entry, but refuses its removed key', async () => {
      const two = [{ sha256: sha256(keyOf('one')) }, { sha256: sha256(keyOf('two')) }];
      file.write(fileOf(entry('pair', { keys: two, scopes: ['read'] })));
      await reloaded(async () => (await statusOf('two')) === 200);
      file.write(fileOf(entry('pair', { keys: two.slice(1), scope: ['read'] }), consumer('new', 'read')));
      await reloaded(async () => (await statusOf('new')) === 200);
      expect([await statusOf('one'), await statusOf('two')]).toEqual([401, 200]);
      expect(service.logText()).toContain('consumer 1 (pair)');
    });

    it.each([
      ['gone', () => file.remove(), 'ENOENT'],
      ['broken', () => file.write('consumers: [{ id: '), 'it is not YAML'],
      ['empty', () => file.write(''), 'it must hold'],
    ])('keeps everything when the file is %s, and counts it once', async (_what, damage, fault) => {
      damage();
      await reloaded(() => Promise.resolve(service.logText().includes(fault)));
      for (let round = 0; round < 3; round += 1) clock.advance(15_000);
      expect(await statusOf('read')).toBe(200);
      expect(service.logText()).toContain('"failures":1');
      expect(service.logText()).not.toContain('"failures":2');
    });

    it('drops no request while the file changes', async () => {
      const statuses: Promise<number>[] = [];
      for (let round = 0; round < 40; round += 1) {
        file.write(fileOf(consumer('read', 'read'), consumer(`new-${round}`, 'read')));
        clock.advance(5_000);
        for (let at = 0; at < 10; at += 1) statuses.push(statusOf('read'));
        await statuses.at(-1);
      }
      expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]));
    });
  });
});

describe('the start', () => {
  it.each([
    ['a missing file', undefined, /CONSUMERS_FILE must name a readable file; given: .*ENOENT/],
    ['a broken file', 'consumers: [', /CONSUMERS_FILE: it is not YAML: see line 1/],
    [
      'a bad entry',
      fileOf(entry('a', { scopes: ['rite'] }), entry('b', {})),
      /consumer 1 \(a\): scopes must(.|\n)*consumer 2 \(b\): scopes is missing/,
    ],
    ['an id of API_KEYS', fileOf(entry('reader', { scopes: [] })), /consumer 1 \(reader\): has an id/],
    [
      'namespaces for the face',
      fileOf(entry('a', { scopes: ['hss'], namespaces: ['team-a'] })),
      /consumer 1 \(a\): namespaces must not come with the scope hss/,
    ],
  ])('is refused with %s', async (_what, text, message) => {
    const emulator = await startEmulator();
    const file = new MountedFile(text ?? '');
    if (text === undefined) file.remove();
    const starting = startService({ emulator, env: { CONSUMERS_FILE: file.path } });
    await expect(starting).rejects.toThrow(message);
    file.close();
    await emulator.close();
  });
});
