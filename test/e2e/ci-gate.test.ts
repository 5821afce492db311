// The gate of a CI pipeline (scripts/ci-gate.sh): it passes a good image only, whatever goes wrong.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { applyStep, imageDocuments } from '../support/catalog.js';
import { gateFaults, good, goodRow } from '../support/gate-faults.js';
import { readKey, startService, type TestService } from '../support/service.js';
import { runShell, type Ran } from '../support/shell.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { startUpstream } from '../support/upstream-server.js';

const script = fileURLToPath(new URL('../../scripts/ci-gate.sh', import.meta.url));
const goodRef = 'registry.example/gate/good:1';

function gate(
  service: Pick<TestService, 'url'>,
  ref: string,
  severity?: string,
  env: Record<string, string> = {},
): Promise<Ran> {
  return runShell('sh', [script, ref, ...(severity === undefined ? [] : [severity])], {
    HSS_BFF: service.url,
    HSS_BFF_KEY: readKey,
    HSS_BFF_WAIT: '0',
    ...env,
  });
}

describe('the gate', () => {
  const clock = new TestClock();
  /** In ms: the cache is empty, and no pause, breaker or rest is left. */
  const untilAllIsForgotten = 15 * 86_400_000;
  let emulator: Emulator;
  /** The service with an empty catalog: the service asks HSS. */
  let asking: TestService;
  /** The service with a catalog that `fillCatalog` fills. */
  let knowing: TestService;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock, registryImages: 30, localImages: 5 });
    emulator.data.addRegistryImage(goodRow());
    [asking, knowing] = await Promise.all([
      startService({ emulator, clock }),
      startService({ emulator, clock }),
    ]);
  });

  beforeEach(async () => {
    // A call that hangs from the test before may fail only now and open the breaker of its API again. HSS works
    // again when both lists answer 200.
    const lists = ['/v1/registry-images', '/v1/local-images'];
    await until(async () => {
      clock.advance(untilAllIsForgotten);
      const answers = await Promise.all(
        [asking, knowing].flatMap((service) => lists.map((path) => service.get(path))),
      );
      return answers.every(({ status }) => status === 200);
    });
    clock.advance(untilAllIsForgotten);
    emulator.journal.clear();
  });

  afterEach(() => emulator.faults.clear());

  afterAll(async () => {
    await Promise.all([asking.close(), knowing.close()]);
    await emulator.close();
  });

  async function fillCatalog(): Promise<void> {
    const images = await imageDocuments(knowing, clock.now());
    await applyStep(knowing, { images, readAt: clock.now() });
    emulator.journal.clear();
  }

  /** Makes the catalog and all cached values stale. */
  function age(): void {
    clock.advance(2 * 60_000);
  }

  /** Moves the clock until HSS_TIMEOUT ends the calls that hang. */
  async function hurried<T>(work: Promise<T>): Promise<T> {
    const progress = { isDone: false };
    const done = work.finally(() => (progress.isDone = true));
    while (!progress.isDone) {
      await sleep(20);
      if (emulator.journal.entries.length > 0) clock.advance(500);
    }
    return done;
  }

  it('lets a good image pass, known from the catalog or from HSS', async () => {
    expect(await gate(asking, goodRef)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('pass: its severity is low'),
    });
    await fillCatalog();
    const refs = [goodRef, `gate/good@${good}`, good];
    const ran = await Promise.all(refs.map((ref) => gate(knowing, ref)));
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(emulator.journal.entries).toEqual([]);
  });

  it('compares the image with the severity of its argument', async () => {
    const ran = await Promise.all(
      ['low', 'medium', 'high'].map((severity) => gate(asking, goodRef, severity)),
    );
    expect(ran.map(({ code }) => code)).toEqual([1, 0, 0]);
  });

  it('stops an image that is bad or insufficiently known', async () => {
    const rows: Record<string, object> = {
      'of high severity': { severity_level: 'High' },
      'not assessed': { severity_level: null },
      'of an unknown severity': { severity_level: 'Critical' },
      'not scanned': { scan_status: 'unscan' },
      'that waits for its scan': { scan_status: 'waiting' },
      'being scanned': { scan_status: 'scanning' },
      'whose scan failed': { scan_status: 'failed' },
      'too large to be scanned': { scan_status: 'image_oversized' },
      'without a scan status': { scan_status: null },
    };
    const bad = Object.entries(rows).map(([title, row], at) => ({ title, row, name: `bad-${at}` }));
    for (const { row, name } of bad)
      emulator.data.addRegistryImage({
        ...goodRow(),
        image_digest: null,
        image_id: name,
        image_name: name,
        ...row,
      });
    await fillCatalog();
    for (const { title, name } of bad) {
      const [first, second] = await Promise.all(
        [asking, knowing].map((service) => gate(service, `gate/${name}:1`)),
      );
      expect([title, first!.code, second!.code]).toEqual([title, 1, 1]);
      expect(first!.stdout).toContain('bad: ');
      emulator.data.removeRegistryImages({ image_name: name });
    }
  });

  it('stops an image that does not exist', async () => {
    await fillCatalog();
    const refs = ['gate/none:1', `gate/good@sha256:${'6'.repeat(64)}`, `sha256:${'7'.repeat(64)}`, 'a//b'];
    for (const ran of await Promise.all(refs.map((ref) => gate(knowing, ref))))
      expect(ran).toMatchObject({ code: 2, stdout: '' });
  });

  it('stops an ambiguous reference', async () => {
    const names = { image_name: 'twice', image_id: null };
    emulator.data.addRegistryImage({ ...goodRow(), ...names, image_digest: `sha256:${'8'.repeat(64)}` });
    emulator.data.addRegistryImage({
      ...goodRow(),
      ...names,
      image_digest: `sha256:${'9'.repeat(64)}`,
      registry_name: 'other',
    });
    await fillCatalog();
    const both = await Promise.all([asking, knowing].map((service) => gate(service, 'gate/twice:1')));
    emulator.data.removeRegistryImages({ image_name: 'twice' });
    for (const { code, stderr } of both)
      expect([code, stderr]).toEqual([2, expect.stringContaining('ambiguous-reference')]);
  });

  it('fails for wrong arguments or settings', async () => {
    const ran = await Promise.all([
      gate(asking, ''),
      gate(asking, goodRef, 'grave'),
      gate(asking, goodRef, 'high', { HSS_BFF_KEY: '' }),
      gate(asking, goodRef, 'high', { HSS_BFF_KEY: 'wrong-key-0123456789' }),
      gate(asking, goodRef, 'high', { HSS_BFF_WAIT: 'long' }),
    ]);
    expect(ran.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
  });

  it('waits for the budget up to HSS_BFF_WAIT', async () => {
    emulator.faults.schedule({ kind: 'throttle', retryAfter: '1', times: 1 });
    const startedAt = performance.now();
    expect(await gate(asking, goodRef, 'high', { HSS_BFF_WAIT: '60' })).toMatchObject({ code: 0 });
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  describe.each(
    Object.entries(gateFaults).flatMap(([kind, list]) => list.map((fault) => [kind, fault] as const)),
  )('with a fault of HSS (%s %j)', (_kind, fault) => {
    it('stops both an unseen image and an image from the catalog and cache', async () => {
      await fillCatalog();
      const before = await knowing.get(`/v1/images/lookup?ref=${goodRef}&include=image`);
      expect([before.status, before.body.parts.image.status]).toEqual([200, 'fresh']);
      age();
      emulator.journal.clear();
      emulator.faults.schedule(fault);
      const [old, unseen] = await hurried(
        Promise.all([gate(knowing, goodRef), gate(knowing, 'gate/unseen:1')]),
      );
      expect([old.code === 0, old.stdout]).toEqual([false, expect.not.stringContaining('pass')]);
      expect(unseen.code).not.toBe(0);
      expect(emulator.journal.entries[0]).toMatchObject({ fault: fault.kind });
    });
  });

  describe('with a slow HSS or an HSS without a total', () => {
    it.each([{ kind: 'latency', ms: 50 } as const, { kind: 'missing-total' } as const])(
      'lets a good image pass and stops a bad image: %j',
      async (fault) => {
        emulator.faults.schedule(fault);
        expect((await gate(asking, goodRef)).code).toBe(0);
        expect((await gate(asking, goodRef, 'low')).code).toBe(1);
      },
    );
  });
});

describe('the gate with an answer that is not the service’s', () => {
  const truth = (image: object, parts: object = { image: { status: 'fresh' } }) =>
    JSON.stringify({ image, parts });
  const fine = {
    digest: good,
    severity: 'low',
    scan: { status: 'completed', scannedAt: null, failure: null },
  };

  it.each([
    ['nothing at all', 200, ''],
    ['a page of a proxy', 200, '<html>ok</html>'],
    ['a list', 200, '[]'],
    ['null', 200, 'null'],
    ['an image without parts', 200, truth(fine, {})],
    ['a stale part', 200, truth(fine, { image: { status: 'stale' } })],
    ['another image', 200, truth({ ...fine, digest: `sha256:${'0'.repeat(64)}` })],
    ['no severity', 200, truth({ ...fine, severity: undefined })],
    ['a severity that is no word', 200, truth({ ...fine, severity: ['low'] })],
    [
      'a failed scan that says completed',
      200,
      truth({ ...fine, scan: { status: 'completed', failure: {} } }),
    ],
    ['the truth with another status', 203, truth(fine)],
    ['an error without a code', 500, '{}'],
  ])('stops for %s', async (_title, status, body) => {
    const server = await startUpstream((_request, response) => response.writeHead(status).end(body));
    const { code } = await gate(server, `gate/good@${good}`);
    await server.close();
    expect(code).not.toBe(0);
  });

  it('passes for a true answer, unless it is demo data', async () => {
    for (const [headers, expected] of [
      [{}, 0],
      [{ 'X-Demo-Data': 'true' }, 2],
    ] as const) {
      const server = await startUpstream((_request, response) =>
        response.writeHead(200, headers).end(truth(fine)),
      );
      const { code } = await gate(server, `gate/good@${good}`);
      await server.close();
      expect(code).toBe(expected);
    }
  });

  it('stops for an incomplete answer', async () => {
    const server = await startUpstream((_request, response) => {
      response.writeHead(200, { 'content-length': '100000' });
      response.write(truth(fine), () => response.destroy());
    });
    const { code } = await gate(server, `gate/good@${good}`);
    await server.close();
    expect(code).toBe(2);
  });
});
