// The gate of a CI pipeline (scripts/ci-gate.sh): it passes a good image only, whatever goes wrong.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { applyStep, imageDocuments } from '../support/catalog.js';
import { gate } from '../support/gate.js';
import { gateFaults, good, goodRow } from '../support/gate-faults.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { aWhile, until } from '../support/until.js';

const goodRef = 'registry.example/gate/good:1';
const env = { REGISTRY_HOSTS: 'registry.example' };

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
      startService({ emulator, clock, env }),
      startService({ emulator, clock, env }),
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
      await aWhile(20);
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
      'with an unknown scan status': { scan_status: 'paused' },
      'not scanned': { scan_status: 'unscan' },
      'that waits for its scan': { scan_status: 'waiting' },
      'being scanned': { scan_status: 'scanning' },
      'whose scan failed': { scan_status: 'failed' },
      'too large to be scanned': { scan_status: 'image_oversized' },
      'without a scan status': { scan_status: null },
      'with a malicious file': { malicious_file_num: 1 },
      'whose malicious files nobody counted': { malicious_file_num: null },
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

  it('stops an unknown severity that a host calls harmless', async () => {
    const names = { image_name: 'grave', image_digest: `sha256:${'5'.repeat(64)}` };
    emulator.data.addRegistryImage({ ...goodRow(), ...names, image_id: null, severity_level: 'Critical' });
    emulator.data.addLocalImage({
      ...names,
      image_version: '1',
      scan_status: 'success',
      severity_level: 'Security',
    });
    await fillCatalog();
    const ran = await Promise.all(['gate/grave:1', names.image_digest].map((ref) => gate(knowing, ref)));
    emulator.data.removeRegistryImages({ image_name: 'grave' });
    emulator.data.removeLocalImages({ image_name: 'grave' });
    for (const { code, stdout } of ran)
      expect([code, stdout]).toEqual([1, expect.stringContaining('critical')]);
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
    for (const { code, stderr } of both) {
      expect([code, stderr]).toEqual([2, expect.stringContaining('ambiguous-reference')]);
      for (const registry of ['swr-private', 'other'])
        expect(stderr).toMatch(new RegExp(`(${registry}|on hosts): gate/twice:1 sha256:[89]`));
    }
  });

  describe('while it waits', () => {
    /** Runs the gate, changes HSS after its first answer, and lets all cached answers grow old. */
    async function waiting(ref: string, change: () => void): Promise<Awaited<ReturnType<typeof gate>>> {
      const ran = gate(asking, ref, 'high', { HSS_BFF_WAIT: '60' });
      await until(() => emulator.journal.entries.length > 0);
      await emulator.journal.settled();
      change();
      age();
      return ran;
    }

    afterEach(() => {
      emulator.data.removeRegistryImages({ namespace: 'late' });
    });

    it('passes an image that is pushed meanwhile', async () => {
      const row = { ...goodRow(), namespace: 'late', image_digest: null, image_id: 'pushed' };
      const ran = await waiting('late/good:1', () => emulator.data.addRegistryImage(row));
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(emulator.journal.entries.length).toBeGreaterThan(1);
    });

    it.each([
      ['Low', 0],
      ['High', 1],
    ])('takes the severity of a scan that ends meanwhile: %s', async (severity_level, code) => {
      const row = { ...goodRow(), namespace: 'late', image_digest: null, image_id: `scan-${code}` };
      emulator.data.addRegistryImage({ ...row, scan_status: 'scanning', severity_level: null });
      const ran = await waiting('late/good:1', () => {
        emulator.data.removeRegistryImages({ namespace: 'late' });
        emulator.data.addRegistryImage({ ...row, severity_level });
      });
      expect(ran).toMatchObject({ code, stderr: '' });
    });
  });

  it('passes malicious files and old scans only as its settings say', async () => {
    const row = { ...goodRow(), namespace: 'late', image_digest: null, image_id: 'm', malicious_file_num: 3 };
    emulator.data.addRegistryImage(row);
    const ran = await Promise.all(
      [{}, { HSS_BFF_ALLOW_MALICIOUS: '1' }].map((env) => gate(asking, 'late/good:1', 'high', env)),
    );
    emulator.data.removeRegistryImages({ namespace: 'late' });
    expect(ran.map(({ code }) => code)).toEqual([1, 0]);
    const scans = await Promise.all(
      ['3600', '999999999'].map((age) => gate(asking, goodRef, 'high', { HSS_BFF_SCAN_MAX_AGE: age })),
    );
    expect(scans.map(({ code }) => code)).toEqual([1, 0]);
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
