import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const [image = '', coordinates = ''] = proxyAgent.split('?');
const digest = image.split('/').at(-1)!;
const files = `${image}/files?${coordinates}`;
const second = 1_000;
let lists = 0;

describe('the content of an image that is scanned', () => {
  const clock = new TestClock();
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
    clock.advance(10 * 60 * second);
    rescan(50);
    await service.purge();
    await seeTheScan();
    emulator.journal.clear();
  });

  afterEach(() => emulator.faults.clear());

  const rows = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ file_name: `of ${count}: ${at}`, file_path: '/', size: 1 }));

  function rescan(count: number): void {
    clock.advance(second);
    expect(emulator.data.rescan(digest, clock.now(), { files: rows(count) })).toBeGreaterThan(0);
    clock.advance(second);
  }

  /** Reads a list that no request has asked for, so that the service sees the newest scan. */
  const seeTheScan = () =>
    service.get(`/v1/registry-images?name=proxy-agent&scannedAfter=${1e12 + (lists += 1)}`);

  /** Asks for the files. HSS has made its answer, and sends the answer when the test awaits it. */
  async function ask(): Promise<{ old: () => Promise<TestAnswer> }> {
    emulator.faults.schedule({ kind: 'latency', ms: 3_600_000, api: 'ListImageFiles', times: 1 });
    const old = service.get(files);
    await until(() => emulator.journal.calls('ListImageFiles')[0]?.fault === 'latency');
    return {
      old: () => {
        emulator.endDelays();
        return old;
      },
    };
  }

  const filesCalls = () => emulator.journal.calls('ListImageFiles').length;

  it('comes from the new scan as soon as a list shows this scan', async () => {
    const { old } = await ask();
    rescan(60);
    await seeTheScan();
    expect((await old()).body.total).toBe(50);
    await until(async () => (await service.get(files)).body.total === 60);
    expect(filesCalls()).toBe(2);
  });

  it('has the length that the new scan gives', async () => {
    expect((await service.get(files)).body.total).toBe(50);
    const beyond = `${files}&offset=200`;
    expect((await service.get(beyond)).body).toMatchObject({ total: 50, items: [] });
    expect(filesCalls()).toBe(1);
    rescan(250);
    await seeTheScan();
    expect((await service.get(beyond)).body).toMatchObject({ total: 250, items: { length: 10 } });
  });

  it('has its new length after a purge, even if a load was under way', async () => {
    const { old } = await ask();
    rescan(250);
    expect((await service.purge({ tag: 'list:image-files' })).status).toBe(200);
    expect((await old()).body.total).toBe(50);
    const beyond = await service.get(`${files}&offset=200`);
    expect(beyond.body).toMatchObject({ total: 250, items: { length: 10 } });
  });
});
