import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { contentSource } from '../../src/catalog/model/content-source.js';
import type { ImageDocument } from '../../src/catalog/model/documents.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { ImagesService } from '../../src/images/images.service.js';
import { applyStep, fillCatalog } from '../support/catalog.js';
import { quiet } from '../support/catalog/passing.js';
import { proxyAgentId as digest } from '../support/proxy-agent.js';
import { readKey, startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const bare = digest.replace('sha256:', '');
const name = 'scc_hss_container/proxy-agent';
const everything = 'include=image,baseOs,files,hosts';

const clock = new TestClock();
let emulator: Emulator;
let service: TestService;
let documents: ImageDocument[];

beforeAll(async () => {
  emulator = await startEmulator({ rate: 'off', clock, registryImages: 180, localImages: 60 });
});

/** What a test does to the service that another one would notice: faults and old content outlive it. */
let isSpoiled = true;
const spoils = () => (isSpoiled = true);

beforeEach(async () => {
  if (isSpoiled) {
    await (service as TestService | undefined)?.close();
    service = await startService({ emulator, clock });
    documents = await fillCatalog(service, emulator, clock.now());
    isSpoiled = false;
    return;
  }
  await applyStep(service, { readAt: clock.now() });
  await service.purge();
});

afterEach(() => {
  emulator.faults.clear();
  emulator.journal.clear();
});

afterAll(async () => {
  await service.close();
  await emulator.close();
});

const calls = () => emulator.journal.entries.length;
const lookup = (ref: string, query = '', headers?: Record<string, string>) =>
  service.get(`/v1/images/lookup?ref=${encodeURIComponent(ref)}${query}`, headers);
const batch = (body: unknown) =>
  service.request('/v1/images/batch-get', {
    method: 'POST',
    headers: { 'X-API-Key': readKey, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function found(answer: Promise<TestAnswer>): Promise<TestAnswer['body']> {
  const { status, body } = await answer;
  expect({ status, code: body.code, detail: body.detail }).toEqual({ status: 200 });
  return body;
}

describe('an image that the catalog knows', () => {
  it('is answered for by its id alone, from the catalog, without a call', async () => {
    const body = await found(service.get(`/v1/images/${digest}?${everything}`));
    expect(body.image).toMatchObject({ name: 'proxy-agent', digest, severity: 'high' });
    expect(body.files.total).toBe(emulator.data.files(digest).length);
    expect(body.baseOs.length).toBe(emulator.data.basicImages(digest).length);
    expect(body.hosts.complete).toBe(true);
    expect(body.hosts.items.length).toBeGreaterThan(0);
    expect(Object.values<{ status: string }>(body.parts).map(({ status }) => status)).toEqual(
      Array(4).fill('fresh'),
    );
    expect(body.catalog.complete).toBe(true);
    expect(calls()).toBe(0);
  });

  it('goes on to its other files by a link that works', async () => {
    const { files } = await found(service.get(`/v1/images/${bare}?include=files&fileLimit=3`));
    expect(files.items).toHaveLength(3);
    const next = await found(service.get(files.next));
    expect(next.offset).toBe(3);
    expect(next.items[0].name).not.toBe(files.items[0].name);
    const baseOs = await found(service.get(`/v1/images/${bare}/base-os`));
    expect(baseOs.items).toHaveLength(emulator.data.basicImages(digest).length);
  });

  it('is searched for files without a call', async () => {
    const names = emulator.data.files(digest).map((file) => file.file_name);
    for (const part of [names[0]!.slice(1, 4), 'no-such-file']) {
      const { files, parts } = await found(
        service.get(`/v1/images/${digest}?include=files&fileLimit=200&fileName=${encodeURIComponent(part)}`),
      );
      const matches = names.filter((each) => each!.includes(part));
      expect(files.items.map((file: { name: string }) => file.name).sort()).toEqual(matches.sort());
      expect([files.total, files.next, parts.files.status]).toEqual([matches.length, null, 'fresh']);
    }
    expect(calls()).toBe(0);
    const { files } = await found(service.get(`/v1/images/${digest}?include=files&fileLimit=1&fileName=l`));
    const rest = await found(service.get(files.next));
    expect([rest.offset, rest.total]).toEqual([1, files.total]);
  });

  it('is read from HSS where the consumer wants it newer than the catalog', async () => {
    clock.advance(5 * 60_000);
    const stale = await found(service.get(`/v1/images/${digest}?include=image`));
    expect([stale.parts.image.status, calls()]).toEqual(['stale', 0]);
    const strict = await found(
      service.get(`/v1/images/${digest}?include=image`, { Prefer: 'handling=strict' }),
    );
    expect([strict.parts.image.status, calls()]).toEqual(['fresh', 1]);
  });

  it('is read anew once it was scanned again', async () => {
    spoils();
    const scannedAt = new Date(clock.now()).toISOString();
    const document = documents.find(({ key }) => key === bare)!;
    const entries = document.entries.map((record) => ({
      ...record,
      row: { ...record.row, scan: { ...record.row.scan, scannedAt } },
    }));
    await applyStep(service, { images: [{ ...document, entries }], readAt: clock.now() });
    await found(service.get(`/v1/images/${digest}?include=files`));
    expect(emulator.journal.calls('ListImageFiles')).toHaveLength(1);
  });

  it('keeps the content that it has when it is old and HSS is down', async () => {
    spoils();
    clock.advance(8 * 86_400_000);
    await applyStep(service, { readAt: clock.now() });
    emulator.faults.schedule({ kind: 'reset' });
    const { parts, files } = await found(service.get(`/v1/images/${digest}?include=files`));
    expect(parts.files).toMatchObject({ status: 'stale', error: { code: 'upstream-unavailable' } });
    expect(files.total).toBeGreaterThan(0);
  });

  it('is found by coordinates in part, and is none where they contradict', async () => {
    expect((await service.get(`/v1/images/${digest}?include=image&name=proxy-agent`)).status).toBe(200);
    const { body } = await service.get(`/v1/images/${digest}?include=image&name=another`);
    expect(body.code).toBe('image-coordinates-required');
  });

  it('has hosts but no content when it is on hosts only', async () => {
    const local = documents.find(({ entries, onHosts }) => entries.length === 0 && onHosts[0]?.row.digest)!;
    const { image, hosts, parts } = await found(
      service.get(`/v1/images/${local.onHosts[0]!.row.digest}?${everything}`),
    );
    expect(image.name).toBe(local.onHosts[0]!.row.name);
    expect(hosts.items.length).toBeGreaterThan(0);
    expect(parts).toMatchObject({ baseOs: { status: 'absent' }, files: { status: 'absent' } });
    expect(calls()).toBe(0);
  });

  it('that has not been scanned has pending content', async () => {
    const row = documents
      .flatMap(({ entries }) => entries.map((entry) => entry.row))
      .find(
        ({ scan, digest, type }) =>
          scan.status === 'not-scanned' && digest !== null && type === 'private_image',
      )!;
    const { parts } = await found(service.get(`/v1/images/${row.digest}`));
    expect(parts).toMatchObject({ baseOs: { status: 'pending' }, files: { status: 'pending' } });
  });

  it('needs its coordinates still when another enterprise project is meant', async () => {
    const { body } = await service.get(`/v1/images/${digest}?enterpriseProjectId=0`);
    expect(body.code).toBe('image-coordinates-required');
  });
});

describe('an image that the catalog does not know', () => {
  it('needs its coordinates', async () => {
    const { status, body } = await service.get('/v1/images/unheard-of');
    expect([status, body.code, calls()]).toEqual([400, 'image-coordinates-required', 0]);
    expect((await service.get('/v1/images/unheard-of/files')).body.code).toBe('image-coordinates-required');
  });
});

describe('/v1/images/lookup', () => {
  it.each([
    digest,
    bare,
    `${name}:24.5.0-x86_64`,
    `${name}@${digest}`,
    `${name}:moved-on@${digest}`,
    `swr.cn-north-4.myhuaweicloud.com/${name}:24.5.0-x86_64`,
    `localhost:5000/${name}:24.5.0-x86_64`,
    `registry:5000/${name}`,
  ])('finds %s without a call', async (ref) => {
    const { image, parts } = await found(lookup(ref));
    expect(image.digest).toBe(digest);
    expect(Object.keys(parts)).toEqual(['image', 'baseOs', 'files']);
    expect(calls()).toBe(0);
  });

  it.each(['', 'a//b', 'a/b:', 'a/b@sha256:123', 'a/b\n', ' a/b', 'x'.repeat(2_000)])(
    'refuses %j without a call',
    async (ref) => {
      const { status, body } = await lookup(ref);
      expect([status, body.errors[0].field, calls()]).toEqual([400, 'ref', 0]);
    },
  );

  it('wants a reference', async () => {
    const { status, body } = await service.get('/v1/images/lookup');
    expect([status, body.errors[0].field]).toEqual([400, 'ref']);
  });

  it('names the candidates of an ambiguous reference', async () => {
    const [first, second] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`);
    const like = documents.find(({ key }) => key === bare)!.entries[0]!;
    const images = [first!, second!].map((one, index) => ({
      ...{ key: one.slice(7), serial: 10_000 + index, appearedAt: 0, onHosts: [] },
      entries: [{ ...like, rowKey: one, row: { ...like.row, digest: one, name: 'a/b', tag: `${index}` } }],
    }));
    await applyStep(service, { images, readAt: clock.now() });
    const { status, body } = await lookup('scc_hss_container/a/b');
    expect([status, body.code]).toEqual([409, 'ambiguous-reference']);
    expect(body.candidates.map((one: { digest: string }) => one.digest).sort()).toEqual([first, second]);
    expect((await found(lookup('scc_hss_container/a/b:1', '&include=image'))).image.digest).toBe(second);
  });

  it('asks HSS once for what the catalog does not know, and then says that there is none', async () => {
    const { row } = emulator.data.addRegistryImage({
      namespace: 'ci',
      image_name: 'team/app',
      image_version: '7',
    });
    const body = await found(lookup('registry.example/ci/team/app:7', '&include=image'));
    expect(body.image.digest).toBe(row.image_digest);
    expect(calls()).toBe(1);
    const { status, body: none } = await lookup('ci/team/app:8');
    expect([status, none.code, calls()]).toEqual([404, 'not-found', 2]);
    expect((await lookup(`sha256:${'9'.repeat(64)}`)).status).toBe(404);
    expect(calls()).toBe(2);
  });

  it('does not ask HSS for a name that is longer than HSS can be asked for', async () => {
    for (const ref of [`${'n'.repeat(129)}/app:1`, `ci/${'n'.repeat(300)}`, `ci/app:${'1'.repeat(65)}`]) {
      const { status, body } = await lookup(ref);
      expect([ref, status, body.code, calls()]).toEqual([ref, 404, 'not-found', 0]);
    }
    const longest = await lookup(`${'n'.repeat(128)}/${'n'.repeat(128)}:${'1'.repeat(64)}`);
    expect([longest.status, calls()]).toEqual([404, 1]);
    // A digest wins over a tag, which is not asked for then.
    await lookup(`ci/app:${'1'.repeat(65)}@sha256:${'9'.repeat(64)}`);
    expect(calls()).toBe(2);
  });

  it('says what became of the one lookup', async () => {
    spoils();
    emulator.faults.schedule({ kind: 'throttle', retryAfter: '700' });
    const { status, body, headers } = await lookup('ci/unheard-of:1');
    expect([status, body.code]).toEqual([503, 'upstream-throttled']);
    const retryAfter = Number(headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(600);
    expect(retryAfter).toBeLessThanOrEqual(700);
  });

  it('finds where a tag leads now when that has to be fresh', async () => {
    const { row } = emulator.data.addRegistryImage({
      namespace: 'ci',
      image_name: 'moved',
      image_version: 'x',
    });
    const like = documents.find(({ key }) => key === bare)!.entries[0]!;
    const old = { ...like.row, namespace: 'ci', name: 'moved', tag: 'x', digest: `sha256:${'3'.repeat(64)}` };
    const image = {
      ...{ key: '3'.repeat(64), serial: 20_000, appearedAt: 0, onHosts: [] },
      entries: [{ ...like, rowKey: 'old', row: old }],
    };
    await applyStep(service, { images: [image], readAt: clock.now() });
    clock.advance(2 * 60_000);
    expect((await found(lookup('ci/moved:x', '&include=image'))).image.digest).toBe(old.digest);
    const strict = await found(lookup('ci/moved:x', '&include=image', { Prefer: 'handling=strict' }));
    expect(strict.image.digest).toBe(row.image_digest);
    expect(strict.parts.image.status).toBe('fresh');
  });
});

describe('/v1/images/batch-get', () => {
  it.each([
    [{}, 'refs'],
    [{ refs: [] }, 'refs'],
    [{ refs: 'a/b' }, 'refs'],
    [{ refs: [1] }, 'refs'],
    [{ refs: Array(101).fill('a/b') }, 'refs'],
    [{ refs: ['a/b'], include: ['secrets'] }, 'include'],
    [{ refs: ['a/b'], include: [] }, 'include'],
    [{ refs: ['a/b'], other: 1 }, 'other'],
  ])('refuses %j without a call', async (body, field) => {
    const answer = await batch(body);
    expect([answer.status, answer.body.errors[0].field, calls()]).toEqual([400, field, 0]);
  });

  it('has no parameters', async () => {
    const { status, body } = await service.request('/v1/images/batch-get?include=image', {
      method: 'POST',
      headers: { 'X-API-Key': readKey, 'content-type': 'application/json' },
      body: JSON.stringify({ refs: [digest] }),
    });
    expect([status, body.errors?.[0].field, calls()]).toEqual([400, 'include', 0]);
  });

  it('says what refs must be in one sentence', async () => {
    const { body } = await batch({});
    expect(body.errors).toEqual([{ field: 'refs', message: 'must be a list of 1 to 100 references' }]);
    const { body: two } = await batch({ refs: ['a/b'], include: 'image' });
    expect(two.errors).toEqual([
      {
        field: 'include',
        message: 'must be a list of one or more of image, baseOs, files, hosts, each once',
      },
    ]);
  });

  it.each(['{"refs": ["a/b"]', '', 'refs=a/b'])('says that a body of %j is no JSON', async (body) => {
    const answer = await service.request('/v1/images/batch-get', {
      method: 'POST',
      headers: { 'X-API-Key': readKey, 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, answer.body.errors]).toEqual([400, [{ field: 'body', message: 'must be JSON' }]]);
    expect(calls()).toBe(0);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
    'refuses a body of %s',
    async (contentType) => {
      const { status, body } = await service.request('/v1/images/batch-get', {
        method: 'POST',
        headers: { 'X-API-Key': readKey, 'content-type': contentType },
        body: JSON.stringify({ refs: [digest] }),
      });
      expect([status, body.code, body.errors]).toEqual([415, 'unsupported-media-type', undefined]);
    },
  );

  it('answers for 100 known images in their order without a call', async () => {
    const refs = documents
      .filter((document) => contentSource(document))
      .slice(0, 100)
      .map(({ key }) => key);
    const { status, body } = await batch({ refs, include: ['image', 'hosts'] });
    expect(status).toBe(200);
    expect(body.items.map(({ ref }: { ref: string }) => ref)).toEqual(refs);
    expect(new Set(body.items.map(({ outcome }: { outcome: string }) => outcome))).toEqual(new Set(['ok']));
    expect(body.catalog.complete).toBe(true);
    expect(calls()).toBe(0);
  });

  it('lets others have their turn while it unpacks the files of 100 images', async () => {
    const refs = documents.filter((document) => contentSource(document)).map(({ key }) => key);
    const turns = { count: 0, isOver: false };
    const next = () => {
      turns.count += 1;
      if (!turns.isOver) setImmediate(next);
    };
    next();
    const begunIn: number[] = [];
    const images = service.part(ImagesService);
    const lookup = images.lookup.bind(images);
    const spy = jest.spyOn(images, 'lookup').mockImplementation((...asked) => {
      begunIn.push(turns.count);
      return lookup(...asked);
    });
    const { body } = await batch({ refs: refs.slice(0, 100) });
    spy.mockRestore();
    turns.isOver = true;
    expect(body.items.every(({ value }: TestAnswer['body']) => value.files !== null)).toBe(true);
    expect(begunIn).toHaveLength(100);
    const perTurn = begunIn.map((one) => begunIn.filter((other) => other === one).length);
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(10);
  });

  it('tells every outcome, and asks for duplicates once', async () => {
    const { row } = emulator.data.addRegistryImage({
      namespace: 'ci',
      image_name: 'new',
      image_version: '1',
    });
    const refs = [digest, 'ci/new:1', 'ci/none:1', 'a//b', 'ci/new:1', digest];
    const { body } = await batch({ refs, include: ['image'] });
    expect(body.items.map(({ ref, outcome }: TestAnswer['body']) => [ref, outcome])).toEqual([
      [digest, 'ok'],
      ['ci/new:1', 'ok'],
      ['ci/none:1', 'absent'],
      ['a//b', 'invalid'],
      ['ci/new:1', 'ok'],
      [digest, 'ok'],
    ]);
    expect(body.items[1].value.image.digest).toBe(row.image_digest);
    expect(body.items[2]).toMatchObject({ value: null, error: { code: 'not-found' } });
    expect(body.items[3].error.errors).toEqual([
      { field: 'ref', message: expect.stringContaining('a digest or an id') },
    ]);
    expect(body.items[0].error).toBeNull();
    expect(calls()).toBe(2);
  });

  it('is partial where a part failed', async () => {
    spoils();
    emulator.data.addRegistryImage({ namespace: 'ci', image_name: 'half', image_version: '1' });
    emulator.faults.schedule({ kind: 'status', status: 500, api: 'ListImageFiles' });
    const { body } = await batch({ refs: ['ci/half:1'], include: ['image', 'files'] });
    expect(body.items[0]).toMatchObject({
      outcome: 'partial',
      value: { parts: { files: { status: 'failed' } } },
    });
  });
});

describe('a batch before the catalog is complete', () => {
  it('says when to come back for what only the catalog could know', async () => {
    const early = await startService({ emulator, clock });
    const { body } = await early.request('/v1/images/batch-get', {
      method: 'POST',
      headers: { 'X-API-Key': readKey, 'content-type': 'application/json' },
      body: JSON.stringify({ refs: ['app:1', 'a//b'], include: ['image'] }),
    });
    await early.close();
    const [unknown, wrong] = body.items;
    expect([unknown.outcome, unknown.error.code]).toEqual(['failed', 'catalog-not-ready']);
    expect(Date.parse(unknown.error.retryAt)).toBeGreaterThan(clock.now());
    expect(wrong.error.retryAt).toBeUndefined();
  });
});

describe('a batch that the budget cannot serve in time', () => {
  it('says when to come back, and is worked on meanwhile', async () => {
    const tight = await startService({
      emulator,
      clock,
      env: { HSS_RATE: '2/60s', REQUEST_DEADLINE: '30s' },
    });
    const refs = Array.from({ length: 6 }, (_, index) => {
      emulator.data.addRegistryImage({ namespace: 'tight', image_name: 'app', image_version: `${index}` });
      return `tight/app:${index}`;
    });
    const ask = () =>
      tight.request('/v1/images/batch-get', {
        method: 'POST',
        headers: { 'X-API-Key': readKey, 'content-type': 'application/json' },
        body: JSON.stringify({ refs, include: ['image'] }),
      });
    const { body } = await ask();
    const outcomes = body.items.map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes.filter((outcome: string) => outcome === 'ok')).toHaveLength(2);
    const late = body.items.filter(({ outcome }: { outcome: string }) => outcome === 'failed');
    for (const { error } of late) {
      expect(error.code).toBe('upstream-throttled');
      expect(Date.parse(error.retryAt)).toBeGreaterThan(clock.now());
    }
    for (let window = 0; window < 2; window += 1) {
      clock.advance(61_000);
      await emulator.journal.arrivals(4 + 2 * window);
      // Answered and taken in: a jump would cut it off.
      await quiet(emulator);
    }
    const again = await ask();
    expect(again.body.items.map(({ outcome }: { outcome: string }) => outcome)).toEqual(Array(6).fill('ok'));
    await tight.close();
  });
});
