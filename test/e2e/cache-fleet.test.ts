import { describe, expect, it } from '@jest/globals';
import {
  afterFreshLifeMs,
  ageOf,
  coldList,
  coldLocalList,
  dayMs,
  holdOffMs,
  isRefreshed,
  mostFailingCalls,
  purgeAcknowledged,
  refusals,
  secondMs,
  useThreeInstances,
  wasFetchedBefore,
} from '../support/cache-fleet.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { adminKey, readKey, type TestAnswer, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

/** HSS answers when the test ends the delay. */
const held = { kind: 'latency', ms: 3_600_000 } as const;

describe('the cache of a fleet', () => {
  const fleet = useThreeInstances();
  const { clock, calls, everywhere, pass } = fleet;

  it('makes one call for 50 callers of a cold key at each instance', async () => {
    const answers = await everywhere(coldList(), 50);
    expect(refusals(answers)).toEqual([]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(calls()).toBe(1);
  });

  it('makes one call when HSS fails, and shares the error until the hold-off ends', async () => {
    fleet.emulator.faults.schedule({ kind: 'status', status: 500 });
    const path = coldList();
    const answers = await everywhere(path, 50);
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(['upstream-unavailable']));
    await everywhere(path, 5);
    // One failed call if all requests came within the hold-off. A busy machine may take longer than this and the
    // following hold-offs.
    const failed = fleet.emulator.journal.calls().map(({ clockMs }) => clockMs);
    expect(failed.length).toBeGreaterThan(0);
    for (const [index, at] of failed.slice(1).entries())
      expect(at - failed[index]!).toBeGreaterThanOrEqual(holdOffMs(index + 1) - 10);
    fleet.emulator.faults.clear();
    await pass(holdOffMs(failed.length) + 100);
    await until(async () => (await everywhere(path, 5)).every(({ status }) => status === 200));
    expect(calls()).toBe(failed.length + 1);
  });

  it('answers at once after the fresh life, and refreshes once for the fleet', async () => {
    const path = coldList();
    await everywhere(path, 1);
    await pass(afterFreshLifeMs);
    // All callers are answered before the refresh, even if the machine stalls.
    fleet.emulator.faults.schedule(held);
    const stale = await everywhere(path, 10);
    expect(refusals(stale)).toEqual([]);
    expect(stale.some(isRefreshed)).toBe(false);
    await until(() => calls() === 2);
    fleet.emulator.faults.clear();
    fleet.emulator.endDelays();
    await until(async () => (await everywhere(path, 1)).every(isRefreshed));
    expect(calls()).toBe(2);
  });

  it('gives the old value on no instance after a purge is answered', async () => {
    const path = coldList();
    for (let round = 0; round < 12; round += 1) {
      const before = await everywhere(path, 1);
      const { status, body } = await purgeAcknowledged(fleet.services[round % 3]!);
      expect([status, body]).toEqual([200, { tag: 'all', missing: [] }]);
      clock.advance(1);
      const purgedAt = clock.now();
      const now = await everywhere(path, 1);
      expect(new Set(now.map(({ body: { fetchedAt } }) => Date.parse(fetchedAt) >= purgedAt))).toEqual(
        new Set([true]),
      );
      expect(before.every(({ body: { fetchedAt } }) => Date.parse(fetchedAt) < purgedAt)).toBe(true);
    }
    expect(calls()).toBe(13);
  });

  it('gives up its own fresh value for a newer one of another instance', async () => {
    const path = coldList();
    for (let round = 0; round < 3; round += 1) {
      await everywhere(path, 1);
      await pass(11 * secondMs);
      const [one, other] = [fleet.services[round % 3]!, fleet.services[(round + 1) % 3]!];
      const renewed = await one.get(path, { 'Cache-Control': 'max-age=1' });
      const at = Date.parse(renewed.body.fetchedAt as string);
      await until(async () => !wasFetchedBefore(await other.get(path), at));
    }
    expect(calls()).toBe(4);
  });

  it('answers every known key while HSS is down, with few calls, and recovers', async () => {
    const paths = [coldList(), coldList(), proxyAgent];
    for (const path of paths) await everywhere(path, 1);
    const all = async () => (await Promise.all(paths.map((path) => everywhere(path, 1)))).flat();
    await pass(5 * dayMs);
    fleet.emulator.journal.clear();
    fleet.emulator.faults.schedule({ kind: 'status', status: 500 });
    const downSince = clock.now();
    for (let passed = 0; passed < 60; passed += 5) {
      const answers = await all();
      expect(refusals(answers)).toEqual([]);
      for (const answer of answers) {
        expect(ageOf(answer)).toBeGreaterThanOrEqual(5 * 24 * 3_600);
        expect(answer.headers.get('cache-status')).toMatch(/^hss-bff; hit; ttl=-\d+$/);
        if ('parts' in answer.body)
          expect(answer.body.parts).toMatchObject({ image: { status: 'stale' }, files: { status: 'fresh' } });
      }
      // The budget keeps real time. Before the clock jumps on, the first refresh has come.
      await until(() => calls() > 0);
      await pass(5 * secondMs);
    }
    // At most seven calls for each key in a minute; the open breaker spares some of them.
    expect(calls()).toBeLessThanOrEqual(mostFailingCalls(clock.now() - downSince) * paths.length);

    fleet.emulator.faults.clear();
    await pass(60 * secondMs);
    // The calls that the jump cut off have arrived by now. From here on the clock does not jump.
    await fleet.emulator.journal.settled();
    fleet.emulator.journal.clear();
    const isFresh = ({ headers }: TestAnswer) => !headers.get('cache-status')?.includes('ttl=-');
    await until(async () => (await all()).every(isFresh));
    // One call for each key is due. Seldom, after a jump of the clock, each instance makes a call of its own.
    expect(calls()).toBeLessThanOrEqual(paths.length * fleet.services.length);
  });

  it('gives a value loaded during a purge to its waiting callers only', async () => {
    for (let isAcknowledged = false; !isAcknowledged;) {
      const path = coldList();
      const name = path.split('=')[1];
      const callsOfPath = () =>
        fleet.emulator.journal.calls().filter(({ query }) => query['image_name'] === name);
      // The fault is not limited to one call: that call could belong to the test before.
      fleet.emulator.faults.schedule(held);
      const waiting = [fleet.services[0]!.get(path)];
      await until(() => callsOfPath().length > 0);
      fleet.emulator.faults.clear();
      waiting.push(
        fleet.services[0]!.get(path),
        ...fleet.services.slice(1).map((service) => service.get(path)),
      );
      clock.advance(1);
      const purgedAt = clock.now();
      const { status } = await fleet.services[1]!.purge({ tag: 'list:registry-images' });
      fleet.emulator.endDelays();
      const answers = await Promise.all(waiting);
      expect(refusals(answers)).toEqual([]);
      expect(wasFetchedBefore(answers[0]!, purgedAt)).toBe(true);
      // On a busy machine an instance may acknowledge the purge too late: then the test tries again.
      isAcknowledged = status !== 202;
      if (!isAcknowledged) continue;
      expect(status).toBe(200);
      for (const answer of await everywhere(path, 1)) expect(wasFetchedBefore(answer, purgedAt)).toBe(false);
      expect(callsOfPath()).toHaveLength(2);
    }
  });

  it('purges by key, tag, project or all, and no other entries', async () => {
    const registry = '/v1/registry-images?name=purge-me&enterpriseProjectId=all_granted_eps';
    const local = '/v1/local-images?name=purge-me';
    const { region, projectId, url } = fleet.emulator;
    const query = 'enterprise_project_id=all_granted_eps&image_name=purge-me';
    const scope = [new URL(url).host, region, projectId, 'fleet'].map(encodeURIComponent).join(':');
    const key = `${scope}:registry-images-1:registries/images?${query}@0`;
    const cases: [
      target: Record<string, unknown>,
      voids: [registry: boolean, local: boolean, image: boolean],
    ][] = [
      [{ key }, [true, false, false]],
      [{ key: `${key}0` }, [false, false, false]],
      [{ tag: 'list:registry-images' }, [true, false, true]],
      [{ tag: 'list:local-images' }, [false, true, false]],
      [{ tag: `image:${proxyAgent.slice('/v1/images/'.length).split('?')[0]}` }, [false, false, true]],
      [{ tag: 'image:sha256:unknown' }, [false, false, false]],
      [{ project: 'another-project' }, [false, false, false]],
      [{ project: projectId }, [true, true, true]],
      [{ project: 'all_granted_eps' }, [true, true, true]],
      [{ tag: `project:${projectId}` }, [true, true, true]],
      [{ all: true }, [true, true, true]],
    ];
    for (const [target, voids] of cases) {
      for (const path of [registry, local, proxyAgent]) await everywhere(path, 1);
      expect((await purgeAcknowledged(fleet.services[2]!, target)).status).toBe(200);
      const isVoid = async (path: string) =>
        (await everywhere(path, 1)).some(
          ({ headers }) => !headers.get('cache-status')?.startsWith('hss-bff; hit'),
        );
      expect([target, [await isVoid(registry), await isVoid(local), await isVoid(proxyAgent)]]).toEqual([
        target,
        voids,
      ]);
    }
  });

  it('refuses a malformed or unauthorised purge, and purges no entry', async () => {
    const path = coldList();
    await everywhere(path, 1);
    const bodies = [
      {},
      { all: false },
      { all: 'true' },
      { key: '' },
      { key: 1 },
      { tag: 'list:hosts' },
      { tag: 'image:' },
      { tag: ['list:local-images'] },
      { project: '' },
      { all: true, key: 'two' },
      { nonsense: true },
      { all: true, nonsense: true },
    ];
    for (const body of bodies) {
      const refused = await fleet.services[0]!.purge(body);
      expect([body, refused.status, refused.body.code]).toEqual([body, 400, 'invalid-request']);
    }
    const ask = (headers: Record<string, string>, body: string) =>
      fleet.services[0]!.request('/v1/admin/cache/purge', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
    expect((await ask({ 'X-API-Key': adminKey }, '{"all":')).status).toBe(400);
    expect((await ask({ 'X-API-Key': adminKey }, '[]')).status).toBe(400);
    expect((await ask({}, '{"all":true}')).status).toBe(401);
    expect((await ask({ 'X-API-Key': readKey }, '{"all":true}')).status).toBe(403);
    for (const { headers } of await everywhere(path, 1))
      expect(headers.get('cache-status')).toMatch(/^hss-bff; hit/);
    expect(calls()).toBe(1);
  });

  it('answers with a stale value after a second when HSS is slow', async () => {
    const path = coldList();
    await everywhere(path, 1);
    await pass(afterFreshLifeMs);
    fleet.emulator.faults.schedule(held);
    const stale = await fleet.services[0]!.get(path, { 'Cache-Control': 'max-stale=0' });
    expect(stale.status).toBe(200);
    expect(isRefreshed(stale)).toBe(false);
    fleet.emulator.faults.clear();
    fleet.emulator.endDelays();
    await until(async () => (await everywhere(path, 1)).every(isRefreshed));
    expect(calls()).toBe(2);
  });

  it('refreshes content only when a list shows a newer scan', async () => {
    const digest = proxyAgent.slice('/v1/images/'.length).split('?')[0]!;
    const filesCalls = () => fleet.emulator.journal.calls('ListImageFiles').length;
    const [one] = fleet.services as [TestService];
    const before = await one.get(proxyAgent);
    expect(before.body.parts.files.status).toBe('fresh');
    for (let days = 0; days < 3; days += 1) {
      await pass(dayMs);
      await until(async () => isRefreshed(await one.get(`${proxyAgent}&include=image`)));
    }
    expect(filesCalls()).toBe(1);
    fleet.emulator.data.rescan(digest, clock.now(), {
      files: [{ file_name: 'found by the new scan', file_path: '/', size: 1 }],
    });
    await pass(afterFreshLifeMs);
    fleet.emulator.faults.schedule({ ...held, api: 'ListImageFiles' });
    await until(async () => (await one.get(proxyAgent)).body.parts.files.status === 'stale');
    await until(() => filesCalls() === 2);
    fleet.emulator.faults.clear();
    fleet.emulator.endDelays();
    await until(async () => (await one.get(proxyAgent)).body.parts.files.status === 'fresh');
    const after = await one.get(proxyAgent);
    expect(after.body.files.items).toMatchObject([{ name: 'found by the new scan' }]);
    expect(filesCalls()).toBe(2);
  });

  it('gives every key in Redis a time to live', async () => {
    fleet.emulator.faults.schedule({ kind: 'status', status: 500, api: 'ListImageLocal' });
    await everywhere(proxyAgent, 1);
    await fleet.services[0]!.purge({ tag: 'list:local-images' });
    let keys: string[] = [];
    const has = (what: string) => keys.some((key) => key.endsWith(what));
    // Redis keeps a failure only for its hold-off: one second, which a busy machine may miss.
    await until(async () => {
      await everywhere(coldLocalList(), 1);
      keys = (await fleet.redis.cli('KEYS', '*:cache:*')) as string[];
      for (const key of keys) expect([key, await fleet.redis.cli('PTTL', key)]).not.toEqual([key, -1]);
      return has(':failure');
    });
    for (const what of [':value', ':{fleet}:purges', ':{fleet}:generation', ':{fleet}:instances'])
      expect([what, has(what)]).toEqual([what, true]);
  });
});
