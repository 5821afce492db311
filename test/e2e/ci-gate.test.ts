import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RegistryImageRow } from '../../src/emulator/data/rows.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import type { Fault, FaultKind } from '../../src/emulator/traffic/faults.js';
import { applyStep, imageDocuments } from '../support/catalog.js';
import { readKey, startService, type TestService } from '../support/service.js';
import { runShell, type Ran } from '../support/shell.js';
import { TestClock } from '../support/test-clock.js';
import { startUpstream } from '../support/upstream-server.js';

const script = fileURLToPath(new URL('../../scripts/ci-gate.sh', import.meta.url));
const good = `sha256:${'5'.repeat(64)}`;
const goodRef = 'registry.example/gate/good:1';

/** Every fault that the emulator knows; a new kind does not compile until it is here. */
const faults: Record<FaultKind, Fault[]> = {
  status: [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 404, code: 'APIGW.0101' },
    { kind: 'status', status: 400, code: 'HSS.0001' },
    { kind: 'status', status: 400, code: 'HSS.0010' },
    { kind: 'status', status: 400, code: 'HSS.0011' },
  ],
  throttle: [{ kind: 'throttle' }, { kind: 'throttle', retryAfter: '1', text: false }],
  unauthorized: [{ kind: 'unauthorized' }],
  html: [{ kind: 'html' }, { kind: 'html', status: 200 }],
  garbage: [{ kind: 'garbage' }],
  'not-a-list': [{ kind: 'not-a-list' }],
  'missing-data-list': [{ kind: 'missing-data-list' }, { kind: 'missing-data-list', totalNum: 0 }],
  'missing-total': [],
  raw: [
    { kind: 'raw', body: '' },
    { kind: 'raw', body: '{}' },
    { kind: 'raw', body: '{"total_num":1,"data_list":[{}]}' },
    // The image, but nothing of what counts.
    { kind: 'raw', body: JSON.stringify({ total_num: 1, data_list: [rowWithout('severity_level')] }) },
    { kind: 'raw', body: JSON.stringify({ total_num: 1, data_list: [rowWithout('scan_status')] }) },
    {
      kind: 'raw',
      body: JSON.stringify({ total_num: 1, data_list: [{ ...goodRow(), severity_level: 'Fine' }] }),
    },
    {
      kind: 'raw',
      body: JSON.stringify({ total_num: 1, data_list: [{ ...goodRow(), scan_status: 'done' }] }),
    },
  ],
  reset: [{ kind: 'reset' }],
  hang: [{ kind: 'hang' }],
  drip: [{ kind: 'drip', bytesPerSecond: 50 }],
  truncate: [{ kind: 'truncate' }],
  huge: [{ kind: 'huge' }],
  // Beyond what a call may take. One that is merely slow tells the truth: see below.
  latency: [{ kind: 'latency', ms: 3_000 }],
};

function goodRow(): RegistryImageRow & Record<string, unknown> {
  return {
    ...{
      image_digest: good,
      image_id: good.slice(7),
      namespace: 'gate',
      image_name: 'good',
      image_version: '1',
    },
    ...{ image_type: 'private_image', scan_status: 'success', severity_level: 'Low', vul_num: 1 },
    latest_scan_time: 1_700_000_000_000,
  };
}

function rowWithout(field: string): object {
  return Object.fromEntries(Object.entries(goodRow()).filter(([name]) => name !== field));
}

const clock = new TestClock();
let emulator: Emulator;
let service: TestService;

beforeAll(async () => {
  emulator = await startEmulator({ rate: 'off', clock, registryImages: 30, localImages: 5 });
  emulator.data.addRegistryImage(goodRow());
});

// A new one for each: breakers and pauses outlive the faults that caused them.
beforeEach(async () => {
  service = await startService({ emulator, clock, env: { HSS_TIMEOUT: '1s', REQUEST_DEADLINE: '4s' } });
});

afterEach(async () => {
  emulator.faults.clear();
  await service.close();
});

afterAll(() => emulator.close());

const gate = (ref: string, severity?: string, env: Record<string, string> = {}): Promise<Ran> =>
  runShell('sh', [script, ref, ...(severity === undefined ? [] : [severity])], {
    ...{ HSS_BFF: service.url, HSS_BFF_KEY: readKey, HSS_BFF_WAIT: '0' },
    ...env,
  });

async function fillCatalog(): Promise<void> {
  const images = await imageDocuments(service, clock.now());
  await applyStep(service, { images, readAt: clock.now() });
  emulator.journal.clear();
}

/** The catalog and all that is cached are past their fresh lives. */
function age(): void {
  clock.advance(2 * 60_000);
}

describe('the gate', () => {
  it('lets a good image pass, whether the catalog knows it or HSS has to be asked', async () => {
    const asked = await gate(goodRef);
    expect(asked).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('pass: its severity is low'),
    });
    await fillCatalog();
    for (const ref of [goodRef, `gate/good@${good}`, good])
      expect([ref, (await gate(ref)).code]).toEqual([ref, 0]);
    expect(emulator.journal.entries).toEqual([]);
  });

  it.each([
    ['low', 1],
    ['medium', 0],
    ['high', 0],
  ])('holds it to the severity %s', async (severity, code) => {
    expect((await gate(goodRef, severity)).code).toBe(code);
  });

  it.each([
    ['of high severity', { severity_level: 'High' }],
    ['not assessed', { severity_level: null }],
    ['of a severity that nobody has heard of', { severity_level: 'Critical' }],
    ['not scanned', { scan_status: 'unscan' }],
    ['that waits for its scan', { scan_status: 'waiting' }],
    ['being scanned', { scan_status: 'scanning' }],
    ['whose scan failed', { scan_status: 'failed' }],
    ['too large to be scanned', { scan_status: 'image_oversized' }],
    ['of which HSS does not say how its scan stands', { scan_status: null }],
  ])('stops an image %s', async (_title, row) => {
    emulator.data.addRegistryImage({
      ...goodRow(),
      image_digest: null,
      image_id: 'bad',
      image_name: 'bad',
      ...row,
    });
    const first = await gate('gate/bad:1');
    await fillCatalog();
    const second = await gate('gate/bad:1');
    emulator.data.removeRegistryImages({ image_name: 'bad' });
    expect([first.code, second.code]).toEqual([1, 1]);
    expect(first.stdout).toContain('bad: ');
  });

  it.each([['gate/none:1'], [`gate/good@sha256:${'6'.repeat(64)}`], [`sha256:${'7'.repeat(64)}`], ['a//b']])(
    'stops what it cannot find: %s',
    async (ref) => {
      await fillCatalog();
      expect(await gate(ref)).toMatchObject({ code: 2, stdout: '' });
    },
  );

  it('stops an ambiguous reference', async () => {
    emulator.data.addRegistryImage({
      ...goodRow(),
      image_digest: `sha256:${'8'.repeat(64)}`,
      registry_name: 'other',
    });
    const asked = await gate(goodRef);
    await fillCatalog();
    const known = await gate(goodRef);
    emulator.data.removeRegistryImages({ registry_name: 'other' });
    for (const { code, stderr } of [asked, known])
      expect([code, stderr]).toEqual([2, expect.stringContaining('ambiguous-reference')]);
  });

  it('stops at bad usage', async () => {
    expect((await gate('')).code).toBe(2);
    expect((await gate(goodRef, 'grave')).code).toBe(2);
    expect((await gate(goodRef, 'high', { HSS_BFF_KEY: '' })).code).toBe(2);
    expect((await gate(goodRef, 'high', { HSS_BFF_KEY: 'wrong-key-0123456789' })).code).toBe(2);
    expect((await gate(goodRef, 'high', { HSS_BFF_WAIT: 'long' })).code).toBe(2);
  });

  it('waits for the budget as long as it is told to', async () => {
    emulator.faults.schedule({ kind: 'throttle', retryAfter: '1', times: 1 });
    const startedAt = performance.now();
    expect(await gate(goodRef, 'high', { HSS_BFF_WAIT: '5' })).toMatchObject({ code: 0 });
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });
});

describe.each(Object.entries(faults).flatMap(([kind, list]) => list.map((fault) => [kind, fault] as const)))(
  'with HSS at fault (%s %j), the gate',
  (_kind, fault) => {
    it('stops, whether the image was never seen or the catalog and the cache know it from before', async () => {
      expect((await gate(goodRef)).code).toBe(0);
      await fillCatalog();
      age();
      emulator.faults.schedule(fault);
      const old = await gate(goodRef);
      expect([old.code === 0, old.stdout]).toEqual([false, expect.not.stringContaining('pass')]);
      const unseen = await gate('gate/unseen:1');
      expect(unseen.code).not.toBe(0);
    });
  },
);

describe('with HSS slow or without a total, but telling the truth', () => {
  it.each([{ kind: 'latency', ms: 50 } as const, { kind: 'missing-total' } as const])(
    'the gate lets a good image pass and stops a bad one: %j',
    async (fault) => {
      emulator.faults.schedule(fault);
      expect((await gate(goodRef)).code).toBe(0);
      expect((await gate(goodRef, 'low')).code).toBe(1);
    },
  );
});

describe('between the gate and the service', () => {
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
  ])('%s is a no', async (_title, status, body) => {
    const server = await startUpstream((_request, response) => response.writeHead(status).end(body));
    const { code } = await gate(`gate/good@${good}`, 'high', { HSS_BFF: server.url });
    await server.close();
    expect(code).not.toBe(0);
  });

  it('the truth is a yes, unless it is a demo’s', async () => {
    for (const [headers, expected] of [
      [{}, 0],
      [{ 'X-Demo-Data': 'true' }, 2],
    ] as const) {
      const server = await startUpstream((_request, response) =>
        response.writeHead(200, headers).end(truth(fine)),
      );
      const { code } = await gate(`gate/good@${good}`, 'high', { HSS_BFF: server.url });
      await server.close();
      expect(code).toBe(expected);
    }
  });

  it('an answer that breaks off is a no', async () => {
    const server = await startUpstream((_request, response) => {
      response.writeHead(200, { 'content-length': '100000' });
      response.write(truth(fine), () => response.destroy());
    });
    const { code } = await gate(`gate/good@${good}`, 'high', { HSS_BFF: server.url });
    await server.close();
    expect(code).toBe(2);
  });
});
