import { beforeEach, describe, expect, it } from '@jest/globals';
import { AssetStatistics } from '../../src/endpoints/asset-statistics/asset-statistics.js';
import { CallerGone, Deadline } from '../../src/time/deadline.js';
import { adminKey } from '../support/service.js';
import { until } from '../support/until.js';
import { useEmulatedService, type EmulatedService } from '../support/use-emulated-service.js';

const api = 'ShowImageAssetStatistics';
const windowMs = 60_000;

function read({ service, clock }: EmulatedService, deadline = new Deadline(clock, 10 * windowMs)) {
  const readContext = { demand: {}, deadline, consumer: 'catalog', priority: 'background' } as const;
  return service.part(AssetStatistics).read(readContext);
}

describe.each(['aksk', 'iam', 'token'])('the image counts of HSS, with HSS_AUTH=%s', (auth) => {
  const story = useEmulatedService({ env: { HSS_AUTH: auth } });

  it('are the lengths of the lists', async () => {
    const { data, journal } = story.emulator;
    expect(await read(story)).toEqual({
      local: data.localRows.length,
      registry: data.registryImages.length,
      cicd: data.cicdIds.length,
      fetchedAt: story.clock.now(),
    });
    expect(journal.calls(api)).toMatchObject([
      { api, query: { enterprise_project_id: 'all_granted_eps' }, outcome: 200 },
    ]);
  });
});

describe('odd image counts of HSS', () => {
  const story = useEmulatedService();
  // The budget leaves time between background calls.
  beforeEach(() => story.clock.advance(windowMs));
  const answerWith = (body: string) => story.emulator.faults.schedule({ kind: 'raw', body, times: 1 });

  it.each([
    ['{}', [null, null, null]],
    ['{"local_num":null,"registry_num":-1,"cicd_num":"x"}', [null, null, null]],
    ['{"local_num":0,"registry_num":"450","cicd_num":1.5}', [0, 450, null]],
    ['{"local_num":9007199254740993,"registry_num":[7],"cicd_num":true}', [null, null, null]],
    ['{"data_list":[],"total_num":3,"registry_num":1e400,"cicd_num":4}', [null, null, 4]],
  ])('%s are read leniently', async (body, counts) => {
    answerWith(body);
    const { local, registry, cicd } = await read(story);
    expect([local, registry, cicd]).toEqual(counts);
  });

  it.each(['[]', '7', 'not JSON', 'null'])('%s is no answer', async (body) => {
    answerWith(body);
    await expect(read(story)).rejects.toMatchObject({ code: 'upstream-invalid-response' });
  });

  it('are asked for again each time', async () => {
    await read(story);
    story.emulator.data.addRegistryImage();
    story.clock.advance(windowMs);
    expect(await read(story)).toMatchObject({ registry: story.emulator.data.registryImages.length });
  });

  it('are one call for readers at the same time', async () => {
    const [one, other] = await Promise.all([read(story), read(story)]);
    expect(one).toEqual(other);
    expect(story.emulator.journal.calls(api)).toHaveLength(1);
  });
});

describe('the image counts where HSS does not publish them', () => {
  const story = useEmulatedService({ emulator: { assetStatistics: false } });

  it('are upstream-unsupported, and the lists go on', async () => {
    await expect(read(story)).rejects.toMatchObject({ code: 'upstream-unsupported' });
    expect(await story.service.get('/v1/registry-images')).toMatchObject({ status: 200 });
  });
});

describe('the call budget of the image counts', () => {
  const rate = { limit: 1, windowMs };
  const story = useEmulatedService({
    emulator: { rate },
    env: { HSS_RATE: '1/60s' },
  });
  const budget = async () => {
    const answer = await story.service.get('/v1/admin/budget', { 'X-API-Key': adminKey });
    const { apis } = answer.body as { apis: { api: string; used: number; queue: { background: number } }[] };
    return Object.fromEntries(apis.map((each) => [each.api, each]));
  };

  it('is its own, and its calls are background work', async () => {
    await read(story);
    expect(await budget()).toMatchObject({ [api]: { used: 1 }, ListImageLocal: { used: 0 } });
    expect(await story.service.get('/v1/local-images')).toMatchObject({ status: 200 });

    const next = read(story);
    await until(async () => (await budget())[api]!.queue.background === 1);
    story.clock.advance(2 * windowMs);
    await next;
    expect(story.emulator.journal.busiestWindow(windowMs, api)).toBe(1);
  });

  it('is not used by a reader that gives up', async () => {
    const deadline = new Deadline(story.clock, 10 * windowMs);
    const waiting = read(story, deadline);
    await until(async () => (await budget())[api]!.queue.background === 1);
    deadline.end(new CallerGone());
    await expect(waiting).rejects.toBeInstanceOf(CallerGone);
    await until(async () => (await budget())[api]!.queue.background === 0);
    story.clock.advance(2 * windowMs);
    expect(story.emulator.journal.calls(api)).toEqual([]);
  });
});
