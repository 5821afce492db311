// A merged answer is as old as its own rows: rows that HSS changes while no time of theirs moves, so that no delta shows it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { longCalls, pass, passUntil } from '../support/catalog/passing.js';
import { startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const minute = 60_000;
const longAgo = 1_600_000_000_000;
const strict = { Prefer: 'handling=strict' };
const maxAge = { 'Cache-Control': 'max-age=1' };
const notScanned = { status: 409, code: 'image-not-scanned' };
const notFound = { status: 404, code: 'not-found' };

interface Change {
  run: (data: Emulator['data'], identity: Record<string, string>) => void;
  /** The strict answer by tag and by digest, and the answer that is not strict. */
  strict: [byTag: object, byDigest: object];
  lenient: [byTag: object, byDigest: object];
}

const changes: Record<string, Change> = {
  'moves-to-an-image-that-nobody-scanned': {
    run: (data, identity) => data.moveTag(identity, {}),
    strict: [notScanned, notFound],
    lenient: [{ scan: { status: 'not-scanned' } }, notFound],
  },
  'is-being-scanned': {
    run: (data, identity) => data.changeRegistryImages(identity, { scan_status: 'scanning' }),
    strict: [notScanned, notScanned],
    lenient: [{ scan: { status: 'scanning' } }, { scan: { status: 'scanning' } }],
  },
  'has-a-failed-scan': {
    run: (data, identity) => data.changeRegistryImages(identity, { scan_status: 'failed' }),
    strict: [notScanned, notScanned],
    lenient: [{ scan: { status: 'failed' } }, { scan: { status: 'failed' } }],
  },
  'has-become-high': {
    run: (data, identity) => data.changeRegistryImages(identity, { severity_level: 'High' }),
    strict: [{ severity: 'high' }, { severity: 'high' }],
    lenient: [{ severity: 'high' }, { severity: 'high' }],
  },
  'is-gone': {
    run: (data, identity) => {
      data.removeRegistryImages(identity);
      // A total that stays the same starts no walk.
      data.addRegistryImage({ scan_status: 'unscan', latest_scan_time: 0, latest_update_time: longAgo });
    },
    strict: [notFound, notFound],
    lenient: [notFound, notFound],
  },
};
const uses = ['plain', 'strict-by-tag', 'strict-by-digest', 'max-age-by-tag', 'max-age-by-digest', 'both'];

describe('an image that HSS changes without a scan', () => {
  const clock = new TestClock();
  let emulator: Emulator;
  let service: TestService;
  /** Wall time of the changes. */
  let changedAt: number;
  /** Digests by name. */
  const digests = new Map<string, string>();

  const identityOf = (image_name: string) => ({ namespace: 'team', image_name, image_version: 'latest' });

  beforeAll(async () => {
    emulator = await startEmulator({
      clock,
      rate: 'off',
      retagKeepsUpdateTime: true,
      registryImages: 300,
      localImages: 20,
    });
    const names = Object.keys(changes).flatMap((change) => uses.map((use) => `${change}-${use}`));
    for (const name of names) {
      // A row with an old scan stands behind the first 200 rows, so no delta shows the row.
      const { row } = emulator.data.addRegistryImage({
        ...identityOf(name),
        scan_status: 'success',
        latest_scan_time: longAgo,
        latest_update_time: longAgo,
        severity_level: 'Low',
      });
      digests.set(name, row.image_digest!);
    }
    // No test asks for content, and reading it would take most of the time.
    for (const api of ['ListImageFiles', 'ListImageBasicImage'] as const)
      emulator.faults.schedule({ kind: 'status', status: 500, api, times: Infinity });
    service = await startService({ emulator, clock, env: { CATALOG: 'on', ...longCalls } });
    const isComplete = async () => (await service.get('/v1/catalog/status')).body.complete === true;
    await passUntil(clock, emulator, isComplete);
    await pass(clock, emulator, 2 * minute, 10_000);
    changedAt = clock.now();
    for (const name of names) {
      const change = changes[Object.keys(changes).find((each) => name.startsWith(each))!]!;
      change.run(emulator.data, identityOf(name));
    }
    // Several deltas read the first block, and find nothing new.
    await pass(clock, emulator, 3 * minute, 10_000);
    emulator.journal.clear();
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  const lookup = (ref: string, headers: Record<string, string> = {}): Promise<TestAnswer> =>
    service.get(`/v1/images/lookup?ref=${encodeURIComponent(ref)}&include=image`, headers);
  const callsFor = (name: string) =>
    emulator.journal.calls('ListRegistryImages').filter(({ query }) => query['image_name'] === name).length;
  const imageOf = ({ status, body }: TestAnswer) =>
    status === 200 ? body.image : { status, code: body.code };

  describe.each(Object.entries(changes))('and that %s', (change, { strict: whenStrict, lenient }) => {
    const nameFor = (use: string) => `${change}-${use}`;

    it('is old in plain answers, without a call', async () => {
      const name = nameFor('plain');
      for (const ref of [`team/${name}:latest`, digests.get(name)!]) {
        const { status, body, headers } = await lookup(ref);
        expect([status, body.image.digest, body.image.severity]).toEqual([200, digests.get(name), 'low']);
        expect(body.parts.image.status).toBe('stale');
        expect(Date.parse(body.parts.image.fetchedAt)).toBeLessThan(changedAt - minute);
        expect(Number(headers.get('age'))).toBeGreaterThan(180);
      }
      expect(callsFor(name)).toBe(0);
    });

    it.each([
      ['strict', 'tag', strict, whenStrict[0]],
      ['strict', 'digest', strict, whenStrict[1]],
      ['max-age', 'tag', maxAge, lenient[0]],
      ['max-age', 'digest', maxAge, lenient[1]],
    ])('is new in a %s answer by %s, for one call', async (kind, by, headers, expected) => {
      const name = nameFor(`${kind}-by-${by}`);
      const ref = by === 'tag' ? `team/${name}:latest` : digests.get(name)!;
      const first = imageOf(await lookup(ref, headers));
      expect(first).toMatchObject(expected);
      expect(callsFor(name)).toBe(1);
      expect(imageOf(await lookup(ref, headers))).toEqual(first);
      expect(callsFor(name)).toBe(1);
    });

    it('costs one call for both names, and plain answers are new after that', async () => {
      const name = nameFor('both');
      const tag = `team/${name}:latest`;
      expect(imageOf(await lookup(digests.get(name)!, strict))).toMatchObject(whenStrict[1]);
      expect(imageOf(await lookup(tag, strict))).toMatchObject(whenStrict[0]);
      expect(imageOf(await lookup(tag))).toMatchObject(lenient[0]);
      expect(imageOf(await lookup(digests.get(name)!))).toMatchObject(lenient[1]);
      expect(callsFor(name)).toBe(1);
    });
  });

  it('is good enough for a gate that accepts its age, without a call', async () => {
    const name = 'is-gone-plain';
    const { status, body, headers } = await lookup(`team/${name}:latest`, {
      ...strict,
      'Cache-Control': 'max-age=1800',
    });
    expect([status, body.parts.image.status, callsFor(name)]).toEqual([200, 'fresh', 0]);
    expect(headers.get('preference-applied')).toBe('handling=strict');
  });

  it('enters the list after the call of a gate', async () => {
    const digest = digests.get('has-become-high-both')!;
    const severity = async () => {
      const { body } = await service.get(`/v1/images?imageId=${digest}&fields=severity`);
      return body.items[0].severity;
    };
    await passUntil(clock, emulator, async () => (await severity()) === 'high', {
      stepMs: 100,
      mostMs: 5_000,
    });
  });

  it('comes with the ages of both lists', async () => {
    const { body } = await lookup(digests.get('has-become-high-plain')!);
    const { registry, local } = body.catalog.lists;
    expect(Date.parse(registry.walkedAt)).toBeLessThan(Date.parse(registry.deltaAt));
    expect(local).toMatchObject({ walkedAt: expect.any(String), deltaAt: expect.any(String) });
  });
});
