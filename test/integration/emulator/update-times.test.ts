import { describe, expect, it } from '@jest/globals';
import { TestClock } from '../../support/test-clock.js';
import { useEmulator, type EmulatorClient, type Row } from './emulator-client.js';

const hour = 3_600_000;
const digest = `sha256:${'e'.repeat(64)}`;
const names = { image_name: 'changing', image_version: 'v1' };
const host = (containers: readonly string[], id = 'h-1') => ({
  id,
  containers: containers.map((name) => ({ id: name, name })),
});

/** A list with one image of the test. Every action comes an hour after the one before. */
class Story {
  constructor(
    readonly hss: EmulatorClient,
    private readonly list: 'registry' | 'local',
  ) {}

  async act(body: object): Promise<number> {
    this.hss.emulator.clock.advance(hour);
    const reply = await this.hss.control('POST', 'data', body);
    expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
    return this.hss.emulator.clock.now();
  }

  async begin(): Promise<Row> {
    const isLocal = this.list === 'local';
    await this.act({ action: `remove-${this.list}-images`, match: { image_name: names.image_name } });
    await this.act({
      action: isLocal ? 'add-local-image' : 'add-registry-image',
      row: { ...names, image_digest: digest },
      ...(isLocal && { hosts: [host(['c-1'])] }),
    });
    return this.row();
  }

  async row(): Promise<Row> {
    const { rows } = await this.hss[this.list]({ image_name: names.image_name });
    expect(rows).toHaveLength(1);
    return rows[0]!;
  }

  /** The rows that a delta by update time shows. */
  async updatedSince(ms: number): Promise<readonly Row[]> {
    const now = this.hss.emulator.clock.now();
    const ends = { start_latest_update_time: ms, end_latest_update_time: now + hour };
    return (await this.hss[this.list](ends)).rows;
  }
}

const startOf = (row: Row) => Number(row['latest_update_time']) + 1;

describe.each(['registry', 'local'] as const)('the update time in the %s list', (list) => {
  const clock = TestClock.still();
  const story = new Story(useEmulator({ registryImages: 30, localImages: 30, clock }), list);
  const change = `change-${list}-images`;

  it('is the present time for a new image', async () => {
    const row = await story.begin();
    expect(row['latest_update_time']).toBe(story.hss.emulator.clock.now());
    expect(await story.updatedSince(story.hss.emulator.clock.now())).toEqual([row]);
  });

  it.each([
    ['a moved tag', { action: 'move-tag', list, match: names }],
    ['a failed scan', { action: 'set-scan-status', digest, scanStatus: 'failed' }],
    ['a running scan', { action: 'set-scan-status', digest, scanStatus: 'scanning' }],
    ['a rescan that fails', { action: 'rescan', digest, result: { scanStatus: 'failed' } }],
  ])('moves with %s', async (_, action) => {
    const before = await story.begin();
    const now = await story.act(action);
    const after = await story.row();
    expect(after['latest_update_time']).toBe(now);
    expect(await story.updatedSince(startOf(before))).toEqual([after]);
  });

  it.each([
    ['a rescan', { action: 'rescan', digest, result: { severityLevel: 'High', vulNum: 9 } }],
    ['another severity', { action: change, match: names, changes: { severity_level: 'High' } }],
    ['other counts', { action: change, match: names, changes: { vul_num: 7 } }],
    ['other content', { action: 'change-content', digest, files: 'new' }],
  ])('stays with %s', async (_, action) => {
    const before = await story.begin();
    await story.act(action);
    expect(await story.row()).toMatchObject({ latest_update_time: before['latest_update_time'] });
    expect(await story.updatedSince(startOf(before))).toEqual([]);
  });

  it('is the given one where a change gives one', async () => {
    await story.begin();
    const changes = { latest_update_time: 7 };
    await story.act({ action: 'move-tag', list, match: names, changes });
    expect(await story.row()).toMatchObject(changes);
  });
});

describe('a rescan', () => {
  const hss = useEmulator({ registryImages: 3, localImages: 3, clock: TestClock.still() });

  it.each(['registry', 'local'] as const)('moves the scan time in the %s list', async (list) => {
    const story = new Story(hss, list);
    await story.begin();
    const now = await story.act({ action: 'rescan', digest });
    const times = { start_latest_scan_time: now, end_latest_scan_time: now + 1 };
    const scanned = expect.objectContaining({ ...names, latest_scan_time: now });
    expect((await hss[list](times)).rows).toEqual([scanned]);
  });
});

describe.each(['per-host', 'per-image'] as const)('containers in the local list, %s', (localListing) => {
  const clock = TestClock.still();
  const story = new Story(useEmulator({ registryImages: 3, localImages: 30, localListing, clock }), 'local');
  const place = (...hosts: object[]) => story.act({ action: 'change-local-images', match: names, hosts });

  it.each([
    ['gains', ['c-1', 'c-2']],
    ['loses', []],
    ['replaces', ['c-2']],
  ])('move the update time of a host that %s one', async (_, containers) => {
    const before = await story.begin();
    const now = await place(host(containers));
    const after = await story.row();
    expect(after).toMatchObject({ latest_update_time: now, container_num: containers.length });
    expect(await story.updatedSince(startOf(before))).toEqual([after]);
  });

  it('leave the update time of a host that keeps its own', async () => {
    const before = await story.begin();
    await place(host(['c-1']));
    expect(await story.row()).toEqual(before);
  });

  it('give way to a later change of the image, and to a given time', async () => {
    await story.begin();
    await place(host([]));
    const failedAt = await story.act({ action: 'set-scan-status', digest, scanStatus: 'failed' });
    expect(await story.row()).toMatchObject({ latest_update_time: failedAt });
    await place(host(['c-3']));
    const changes = { latest_update_time: 7 };
    await story.act({ action: 'change-local-images', match: names, changes });
    expect(await story.row()).toMatchObject(changes);
  });
});

describe('hosts in the local list, per-host', () => {
  const clock = TestClock.still();
  const story = new Story(useEmulator({ registryImages: 3, localImages: 30, clock }), 'local');

  it('have update times of their own', async () => {
    const before = await story.begin();
    const hosts = [host(['c-1']), host([], 'h-2')];
    const now = await story.act({ action: 'change-local-images', match: names, hosts });
    const { rows } = await story.hss.local({ image_name: names.image_name });
    expect(rows.map((row) => [row['host_id'], row['latest_update_time']])).toEqual([
      ['h-1', before['latest_update_time']],
      ['h-2', now],
    ]);
    expect(await story.updatedSince(startOf(before))).toEqual([rows[1]]);
  });
});

describe('an HSS whose update times stay', () => {
  const keeps = { retagKeepsUpdateTime: true, containersKeepUpdateTime: true };
  const hss = useEmulator({ registryImages: 3, localImages: 3, clock: TestClock.still(), ...keeps });

  it.each(['registry', 'local'] as const)('shows a moved tag without a new time, %s', async (list) => {
    const story = new Story(hss, list);
    const { latest_update_time } = await story.begin();
    await story.act({ action: 'move-tag', list, match: names });
    const after = await story.row();
    expect(after).toMatchObject({ latest_update_time, scan_status: 'unscan' });
    expect(after['image_digest']).not.toBe(digest);
  });

  it('shows other containers without a new time', async () => {
    const story = new Story(hss, 'local');
    const { latest_update_time } = await story.begin();
    await story.act({ action: 'change-local-images', match: names, hosts: [host([])] });
    expect(await story.row()).toMatchObject({ latest_update_time, container_num: 0 });
  });
});

describe('a tag that moves on hosts', () => {
  const hss = useEmulator({ registryImages: 3, localImages: 3 });

  it('shows the findings of an image that another row has', async () => {
    const other = `sha256:${'f'.repeat(64)}`;
    hss.emulator.data.addLocalImage({ image_name: 'known', image_digest: other, vul_num: 5 });
    const story = new Story(hss, 'local');
    const { image_id } = await story.begin();
    await story.act({ action: 'move-tag', list: 'local', match: names, digest: other });
    expect(await story.row()).toMatchObject({ image_digest: other, image_id, vul_num: 5 });
  });

  it('has no entry of a registry', async () => {
    const body = { action: 'move-tag', list: 'local', match: names, entry: 'new' };
    expect(await hss.control('POST', 'data', body)).toMatchObject({ status: 400 });
  });
});
