// A consumer with namespaces sees the hosts of its images as a consumer without namespaces does.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CatalogIndex } from '../../../../src/catalog/index/catalog-index.js';
import { serviceItself } from '../../../../src/catalog/model/asker.js';
import { mostMatchesFirst } from '../../../../src/catalog/model/catalog-query.js';
import type { HostNames } from '../../../../src/domain/host-identity.js';
import { Namespaces } from '../../../../src/domain/namespaces.js';
import { changeSet, hostRecord, imageDocument, registryRecord } from '../../../support/catalog/documents.js';
import { TestClock } from '../../../support/test-clock.js';

/** A row of a host, with the day of its scan and of its last update. */
const onHost = (host: Partial<HostNames>, scannedOn: number | null, updatedOn: number, row: string) => {
  const time = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
  const scan = { status: 'completed', scannedAt: scannedOn === null ? null : time(scannedOn), failure: null };
  const named = { hostId: null, agentId: null, name: null, ...host };
  return hostRecord({ host: named, scan, updatedAt: time(updatedOn) }, row);
};
const image = (key: string, ...onHosts: ReturnType<typeof onHost>[]) =>
  imageDocument(key, { entries: [registryRecord({ namespace: 'alpha', digest: key })], onHosts });

describe('a host whose agent was installed again', () => {
  let index: CatalogIndex;
  beforeEach(async () => {
    index = await CatalogIndex.open({ clock: new TestClock() });
  });
  afterEach(() => index.close());

  it.each<[string, scans: [number | null, number | null]]>([
    ['scan', [1, 5]],
    ['update', [null, null]],
  ])('has the agent of the row with the newest %s, whoever asks', async (_, [old, young]) => {
    const [former, latter] = [
      { hostId: 'h', agentId: 'former' },
      { hostId: 'h', agentId: 'latter' },
    ];
    const twice = image('a', onHost(former, old, 2, 'local/1'), onHost(latter, young, 3, 'local/2'));
    // The former agent is no host's agent any more, so an image that tells this agent alone names another host.
    const once = image('b', onHost({ agentId: 'former' }, 1, 1, 'local/3'));
    await index.apply(changeSet(1, { images: [twice, once] }));
    const wanted = [
      ['h', 'latter', 1],
      [null, 'former', 1],
    ];
    for (const namespaces of [null, new Namespaces(['alpha'])]) {
      const query = { filter: {}, sort: mostMatchesFirst, limit: 9, offset: 0, version: 1 };
      const { items } = await index.hosts(query, { ...serviceItself, namespaces });
      const shown = items.map(({ hostId, agentId, matches }) => [hostId, agentId, matches]);
      expect(shown.sort((a, b) => Number(a[0] === null) - Number(b[0] === null))).toEqual(wanted);
    }
    const seen = index.seenBy(new Namespaces(['alpha'])).whole('a');
    expect(seen?.allHosts().items).toEqual([expect.objectContaining(latter)]);
  });
});
