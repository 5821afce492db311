// Words that HSS may use tomorrow: they pass through in lower case, rank worst, and can be filtered by.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { applyStep, imageDocuments } from '../support/catalog.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const scanned = {
  namespace: 'words',
  image_version: '1',
  image_type: 'private_image',
  scan_status: 'success',
  latest_scan_time: 1_700_000_000_000,
};

describe('a word of HSS that this release does not know', () => {
  const clock = new TestClock();
  let emulator: Emulator;
  let service: TestService;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock, registryImages: 30, localImages: 5 });
    const { data } = emulator;
    data.addRegistryImage({
      ...scanned,
      image_digest: digest('a'),
      image_name: 'grave',
      severity_level: 'Critical',
    });
    data.addLocalImage({
      image_digest: digest('a'),
      image_name: 'grave',
      image_version: '1',
      severity_level: 'Security',
      scan_status: 'success',
      local_image_type: 'Edge_Image',
    });
    data.addRegistryImage({
      ...scanned,
      image_digest: digest('b'),
      image_name: 'halted',
      scan_status: 'Paused',
      image_type: 'Quay_Image',
      severity_level: 'Low',
    });
    service = await startService({ emulator, clock });
    await applyStep(service, { images: await imageDocuments(service, clock.now()), readAt: clock.now() });
  });

  beforeEach(() => emulator.journal.clear());

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  const names = async (query: string): Promise<string[]> => {
    const { status, body } = await service.get(`/v1/images?${query}&limit=200`);
    expect([status, body.errors]).toEqual([200, undefined]);
    return body.items.map(({ name }: { name: string }) => name);
  };

  it('is the severity of an image that a host calls harmless', async () => {
    const { body } = await service.get(`/v1/images?imageId=${digest('a')}`);
    expect(body.items).toMatchObject([
      { name: 'grave', severity: 'critical', origins: { severity: { source: 'registry' } } },
    ]);
    const merged = await service.get(`/v1/images/${digest('a')}?include=image`);
    expect(merged.body.image).toMatchObject({ severity: 'critical' });
  });

  it('sorts before high when the worst comes first', async () => {
    const [first, second] = await names('sort=-severity');
    expect(first).toBe('grave');
    expect(second).not.toBe('grave');
    const summary = await service.get('/v1/catalog/summary');
    expect(summary.body.riskiest[0]).toMatchObject({ name: 'grave', severity: 'critical' });
    const hosts = await service.get(`/v1/hosts?imageId=${digest('a')}`);
    const [host] = hosts.body.items;
    const { body } = await service.get(`/v1/hosts?hostId=${host.hostId}`);
    expect(body.items[0].images[0]).toMatchObject({ severity: 'critical' });
  });

  it('is a facet value, and a filter by this value finds the image', async () => {
    const { body } = await service.get('/v1/images?facets=severity,scanStatus,type');
    const values = (facet: string) => body.facets[facet].map(({ value }: { value: string }) => value);
    expect(values('severity')).toContain('critical');
    expect(values('scanStatus')).toContain('paused');
    expect(values('type')).toContain('quay_image');
    expect(await names('severity=critical')).toEqual(['grave']);
    expect(await names('severity=critical,low')).toEqual(expect.arrayContaining(['grave', 'halted']));
    expect(await names('scanStatus=paused')).toEqual(['halted']);
    expect(await names('type=quay_image')).toEqual(['halted']);
    const csv = await service.get('/v1/catalog/export?severity=critical&format=csv');
    expect(csv.text).toContain('grave');
    expect(emulator.journal.entries).toEqual([]);
  });

  it.each(['severity=grave', 'severity=Critical', 'scanStatus=done', 'severity=high,high', 'severity=,high'])(
    'is no licence for %s',
    async (query) => {
      const [field] = query.split('=');
      for (const route of ['/v1/images', '/v1/hosts', '/v1/catalog/summary', '/v1/catalog/export']) {
        const { body } = await service.get(`${route}?${query}`);
        expect(body).toMatchObject({ code: 'invalid-request', errors: [{ field }] });
      }
    },
  );

  it('goes to HSS as a filter of its list while the catalog has it', async () => {
    /** The query that reaches HSS. An HSS without the word answers 400, which the service passes on. */
    const asked = async (path: string) => {
      await service.get(path);
      const [call] = emulator.journal.calls();
      emulator.journal.clear();
      return call?.query;
    };
    expect(await asked('/v1/registry-images?severity=critical')).toMatchObject({
      severity_level: 'Critical',
    });
    expect(await asked('/v1/registry-images?scanStatus=paused')).toMatchObject({ scan_status: 'paused' });
    expect(await asked('/v1/registry-images?type=quay_image')).toMatchObject({ image_type: 'quay_image' });
    expect(await asked('/v1/local-images?localType=edge_image')).toMatchObject({
      local_image_type: 'edge_image',
    });
    for (const path of ['/v1/registry-images?severity=grave', '/v1/local-images?localType=nope'])
      expect((await service.get(path)).body).toMatchObject({ code: 'invalid-request' });
    expect(emulator.journal.entries).toEqual([]);
  });

  it('as a scan status is never taken for the end of a scan', async () => {
    const { body } = await service.get(`/v1/images/${digest('b')}?include=image,files`);
    expect(body.image.scan.status).toBe('paused');
    expect(body.parts.files.status).toBe('pending');
    const strict = await service.get(`/v1/images/${digest('b')}?include=files`, {
      Prefer: 'handling=strict',
    });
    expect(strict.body).toMatchObject({ code: 'image-not-scanned' });
    expect(emulator.journal.entries).toEqual([]);
  });
});
