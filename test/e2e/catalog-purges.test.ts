// A purge reaches the catalog: what it names is unread on all instances, and is read again.
import { afterEach, describe, expect, it } from '@jest/globals';
import { usePurgedFleet, type MarkedImage } from '../support/catalog/purged-fleet.js';
import { adminKey, type TestAnswer, type TestService } from '../support/service.js';
import { storedTexts } from '../support/stored-texts.js';
import { until } from '../support/until.js';

const strict = { Prefer: 'handling=strict' };

const shown = ({ status, body }: TestAnswer) => ({
  status,
  severity: body.image?.severity,
  files: body.files?.items.map(({ name }: { name: string }) => name),
});
const oldOf = ({ oldFile }: MarkedImage) => ({ status: 200, severity: 'high', files: [oldFile] });
const newOf = ({ newFile }: MarkedImage) => ({ status: 200, severity: 'low', files: [newFile] });

describe('a purge that reaches the catalog', () => {
  const fleet = usePurgedFleet();

  afterEach(() => {
    fleet.emulator.setLatency(0);
    fleet.emulator.endDelays();
  });

  const listed = async (service: TestService, query: string, headers = {}) =>
    (await service.get(`/v1/images?${query}`, headers)).body.items as Record<string, unknown>[];

  it.each<[string, (image: MarkedImage) => Record<string, unknown>]>([
    ['the image', ({ digest }) => ({ tag: `image:${digest}` })],
    ['everything', () => ({ all: true })],
  ])('of %s ends the old answers of both instances', async (_, target) => {
    const { one, other, emulator } = fleet;
    const image = await fleet.addImage();
    for (const service of [one, other]) expect(shown(await image.byDigest(service))).toEqual(oldOf(image));
    image.changeSilently();
    const { status, body } = await one.purge(target(image));
    expect([status, body.missing]).toEqual([200, []]);
    for (const service of [other, one]) {
      for (const headers of [{}, strict, { 'Cache-Control': 'max-age=60' }, {}]) {
        expect(shown(await image.byDigest(service, headers))).toEqual(newOf(image));
        expect(shown(await image.byName(service, headers))).toEqual(newOf(image));
      }
      const { body: found } = await image.byDigest(service);
      expect(found.hosts.items).toHaveLength(1);
      expect(found.image).toMatchObject({ name: image.name, namespace: 'team', digest: image.digest });
    }
    // Consumers and the catalog share the calls: each content was asked for once.
    for (const api of ['ListImageFiles', 'ListImageBasicImage'] as const)
      expect(emulator.journal.calls(api).filter(({ imageId }) => imageId === image.id)).toHaveLength(1);
    await fleet.untilRead(one, other);
  });

  it('leaves the catalog ready, and what is unread is found by name and host', async () => {
    const { one, other } = fleet;
    const image = await fleet.addImage();
    const [{ hosts }] = (await listed(one, `imageId=${image.digest}`)) as [{ hosts: { items: object[] } }];
    fleet.emulator.setLatency(3_600_000);
    expect((await one.purge({ all: true })).status).toBe(200);
    for (const service of [other, one]) {
      const [found] = await listed(service, `imageId=${image.digest}`);
      expect(found).toMatchObject({
        name: image.name,
        severity: null,
        scan: { status: null, scannedAt: null },
        findingCounts: { vulnerabilities: null },
        files: null,
        hosts: { items: hosts.items },
      });
      expect(await listed(service, `name=${image.name}`)).toHaveLength(1);
      const refused = await service.get('/v1/images', strict);
      expect([refused.status, refused.body.code]).toEqual([503, 'catalog-not-ready']);
      const old = await service.get('/v1/images', { 'Cache-Control': 'max-age=3600' });
      expect([old.status, old.body.code]).toEqual([503, 'upstream-throttled']);
      const { status, body } = await service.get('/v1/catalog/status');
      expect([status, body.ready, body.complete]).toEqual([200, true, false]);
    }
    fleet.emulator.setLatency(0);
    fleet.emulator.endDelays();
    await fleet.untilRead(one, other);
    for (const service of [one, other]) {
      expect((await service.get('/v1/images', strict)).status).toBe(200);
      expect(await listed(service, `imageId=${image.digest}`)).toMatchObject([{ severity: 'high' }]);
    }
  });

  it('keeps cursors, but no page shows what was purged', async () => {
    const { one } = fleet;
    const image = await fleet.addImage();
    const first = await one.get('/v1/images?limit=1&sort=-severity');
    const { body } = await one.purge({ tag: `image:${image.digest}` });
    expect(body.missing).toEqual([]);
    const walked: Record<string, unknown>[] = [...first.body.items];
    for (let next: string | null = first.body.next; next !== null;) {
      const page = await one.get(next);
      expect(page.status).toBe(200);
      walked.push(...page.body.items);
      next = page.body.next as string | null;
    }
    const mine = walked.filter(({ digest }) => digest === image.digest).slice(-1);
    if (first.body.items[0].digest !== image.digest) expect(mine).toMatchObject([{ files: null }]);
    await fleet.untilRead(one);
  });

  it('leaves no purged byte in Redis after a minute', async () => {
    const { one, other, redis, clock } = fleet;
    const image = await fleet.addImage();
    await image.byDigest(one, strict);
    const holders = async () => {
      const texts = await storedTexts(redis.url);
      return [...texts].filter(([, text]) => text.includes(image.oldFile)).map(([key]) => key);
    };
    // The catalog takes the content over a moment after the answer.
    await until(async () => (await holders()).some((key) => key.includes(':catalog:')));
    image.changeSilently();
    expect((await other.purge({ tag: `image:${image.digest}` })).status).toBe(200);
    for (let second = 0; second < 60; second += 1) {
      clock.advance(1_000);
      await redis.cli('PING');
    }
    await until(async () => (await holders()).length === 0);
    expect(shown(await image.byDigest(one))).toEqual(newOf(image));
    await fleet.untilRead(one, other);
  });

  it('tells beforehand what it costs, and is limited to one a minute', async () => {
    const { one, other } = fleet;
    const ask = (service: TestService, body: object) =>
      service.request('/v1/admin/cache/purge', {
        method: 'POST',
        headers: { 'X-API-Key': adminKey, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const image = await fleet.addImage();
    const dry = await ask(one, { tag: `image:${image.digest}`, dryRun: true });
    // One name in each list, base OS and files. Stored: the two contents, and the two lists that were asked for by name.
    expect([dry.status, dry.body]).toEqual([
      200,
      { entries: expect.any(Number), calls: 4, refilledBy: expect.stringMatching(/Z$/) },
    ]);
    expect(dry.body.entries).toBeGreaterThanOrEqual(4);
    expect(shown(await image.byDigest(other))).toEqual(oldOf(image));
    const project = { project: fleet.emulator.projectId };
    for (const body of [{ all: true }, project])
      expect((await ask(one, { ...body, dryRun: true })).body.calls).toBeGreaterThan(4);
    for (const body of [{ all: true }, project]) {
      await one.purge({ tag: 'list:image-files' });
      expect((await ask(other, body)).status).toBe(200);
      const refused = await ask(one, body);
      expect([refused.status, refused.body.code]).toEqual([429, 'rate-limited']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
      expect((await ask(one, { ...body, dryRun: true })).status).toBe(200);
    }
    await fleet.untilRead(one, other);
  });

  it('is taken over by the next syncing instance when the present one is killed', async () => {
    const image = await fleet.addImage();
    image.changeSilently();
    const { syncing, following } = await fleet.bySync();
    const { service: other } = following;
    const syncingInstance = async () =>
      (await other.get('/v1/catalog/status')).body.syncingInstance as string;
    const before = await syncingInstance();
    syncing.link.cut();
    const { status } = await other.purge({ tag: `image:${image.digest}` });
    expect([200, 202]).toContain(status);
    expect(shown(await image.byDigest(other))).toEqual(newOf(image));
    await until(async () => {
      fleet.clock.advance(500);
      return (await syncingInstance()) !== before;
    });
    await until(async () => (await listed(other, `fileName=${image.newFile}`)).length === 1);
    expect(await listed(other, `fileName=${image.newFile}`)).toMatchObject([{ severity: 'low' }]);
    expect(await listed(other, `fileName=${image.oldFile}`)).toEqual([]);
    syncing.link.mend();
    await until(async () => shown(await image.byDigest(syncing.service, strict)).severity === 'low');
  });
});
