// HSS scans the copies of an image on hosts on their own: these scans say nothing about the registry's content.
import { describe, expect, it } from '@jest/globals';
import { hostRecord } from '../../src/catalog/model/rows.js';
import type { LocalImageRow } from '../../src/endpoints/local-images/local-image.row.js';
import { bodyOf, useFilledCatalog } from '../support/catalog/filled-service.js';
import { localRow } from '../support/catalog/documents.js';
import { dayMs, pathOf, useMergedService } from '../support/images/merged-service.js';
import { proxyAgent, proxyAgentId } from '../support/proxy-agent.js';

describe('scans on hosts', () => {
  const story = useMergedService();
  const filesCalls = () => story.callsOf('ListImageFiles');

  /** A copy on one more host, with a scan of its own at this moment. */
  const addCopy = (
    image: { image_digest: string; image_name?: string | null | undefined },
    scan_status = 'success',
  ) => {
    story.clock.advance(1_000);
    const { image_digest, image_name = null } = image;
    const latest_scan_time = story.clock.now();
    story.emulator.data.addLocalImage({ image_digest, image_name, scan_status, latest_scan_time });
  };
  let read = 0;
  /** Reads the local list anew, so that the service sees the last scan on a host. */
  const readLocalList = () => story.fetched(`/v1/local-images?limit=200&scannedAfter=${1e12 + (read += 1)}`);

  it('cost no call for content: one call in the life of the content', async () => {
    const image = story.addImage();
    await story.fetched(pathOf(image));
    for (let day = 1; day <= 5; day += 1) {
      addCopy(image);
      await readLocalList();
      const { parts } = await story.fetched(pathOf(image, '&include=files,hosts'));
      expect(parts.files.status).toBe('fresh');
      story.clock.advance(dayMs);
    }
    expect(filesCalls()).toBe(1);
  });

  it('leave it to the scan of the registry to make content stale', async () => {
    const image = story.addImage();
    await story.fetched(pathOf(image, '&include=files'));
    story.clock.advance(1_000);
    story.emulator.data.rescan(image.image_digest, story.clock.now());
    await story.fetched(`/v1/registry-images?limit=200&namespace=${image.namespace}&sort=-scannedAt`);
    const { files } = await story.refreshed(pathOf(image, '&include=files'));
    expect(files.total).toBe(30);
    expect(filesCalls()).toBe(2);
  });

  it.each(['waiting', 'scanning', 'failed'])(
    'that are %s leave a completed image completed',
    async (status) => {
      const image = story.addImage();
      addCopy(image, status);
      await readLocalList();
      const { image: shown, parts } = await story.fetched(pathOf(image, '&include=image,baseOs,files,hosts'));
      expect(shown.scan.status).toBe('completed');
      expect([parts.baseOs.status, parts.files.status]).toEqual(['fresh', 'fresh']);
    },
  );
});

describe('scans on hosts, in the catalog', () => {
  const story = useFilledCatalog({ registryImages: 60, localImages: 20 });

  const withCopy = async (scan: Partial<LocalImageRow['scan']>) => {
    const known = story.documents.find(({ key }) => proxyAgentId.endsWith(key))!;
    const row = localRow({
      digest: proxyAgentId,
      scan: { status: null, scannedAt: null, failure: null, ...scan },
    });
    await story.apply({ images: [{ ...known, onHosts: [hostRecord(row, story.clock.now())] }] });
    story.discardService();
    return known.entries[0]!.row.scan;
  };
  const answers = async () => ({
    listed: (await bodyOf(story.get(`/v1/images?imageId=${proxyAgentId}`))).items[0],
    merged: await bodyOf(story.get(`/v1/images/${proxyAgentId}`)),
    named: await bodyOf(story.get(proxyAgent)),
  });

  it.each([
    { status: 'waiting' },
    { status: 'scanning', scannedAt: '2040-01-01T00:00:00.000Z' },
    { status: 'completed', scannedAt: '2040-01-01T00:00:00.000Z' },
  ])('change nothing for a registry image: %j', async (scan) => {
    const own = await withCopy(scan);
    expect(own.status).toBe('completed');
    const { listed, merged, named } = await answers();
    expect([listed.scan, merged.image.scan, named.image.scan]).toEqual([own, own, own]);
    for (const { parts } of [merged, named])
      expect([parts.image.status, parts.baseOs.status, parts.files.status]).toEqual(Array(3).fill('fresh'));
    const unknown = await bodyOf(story.get('/v1/images?fileName=a&match=unknown&limit=200'));
    expect(unknown.items.map(({ digest }: { digest: string }) => digest)).not.toContain(proxyAgentId);
  });

  it('are the scan of an image that no registry has', async () => {
    const digest = `sha256:${'b'.repeat(64)}`;
    const scan = { status: 'waiting', scannedAt: null, failure: null };
    const { key, ...record } = hostRecord(localRow({ digest, scan }), story.clock.now());
    const image = { key, serial: 99_999, appearedAt: 1, entries: [], onHosts: [record] };
    await story.apply({ images: [image] });
    story.discardService();
    const { items } = await bodyOf(story.get(`/v1/images?imageId=${digest}`));
    expect(items[0].scan).toEqual(scan);
  });
});
