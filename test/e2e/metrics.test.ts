import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { fileOf, MountedFile, sha256 } from '../support/consumers.js';
import { expectProblem } from '../support/expect-problem.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { untilInAgreement } from '../support/redis-story.js';
import { adminKey, readKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const own = /^hss_bff_/;

async function scrape(service: TestService): Promise<string> {
  const answer = await service.request('/metrics', { headers: { 'X-API-Key': adminKey } });
  expect(answer.status).toBe(200);
  return answer.text;
}

/** The value of one series. @param labels as they are written, in the order of the exposition. */
function valueOf(text: string, name: string, labels = ''): number | undefined {
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`hss_bff_${name}${labels === '' ? ' ' : `{${labels}} `}`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

describe('GET /metrics', () => {
  const story = useEmulatedService();

  it('needs a key with the scope watch', async () => {
    expectProblem(await story.service.request('/metrics'), { status: 401, code: 'unauthenticated' });
    expectProblem(await story.service.get('/metrics'), { status: 403, code: 'forbidden' });
    const answer = await story.service.request('/metrics', {
      headers: { Authorization: `Bearer ${adminKey}`, Accept: 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('counts requests by route, status and consumer, hits too', async () => {
    const path = '/v1/registry-images?name=counted';
    for (let time = 0; time < 4; time += 1) await story.service.get(path);
    await story.service.get('/v1/registry-images?limit=x');
    const text = await scrape(story.service);
    const labels = (status: number) => `route="/v1/registry-images",status="${status}",consumer="reader"`;
    expect(valueOf(text, 'http_requests_total', labels(200))).toBe(4);
    expect(valueOf(text, 'http_requests_total', labels(400))).toBe(1);
    expect(valueOf(text, 'http_request_duration_seconds_count', labels(200))).toBe(4);
    expect(valueOf(text, 'cache_lookups_total', 'tier="hot",outcome="hit"')).toBeGreaterThan(0);
    expect(valueOf(text, 'upstream_calls_total', 'api="ListRegistryImages",result="ok"')).toBe(
      story.emulator.journal.calls('ListRegistryImages').length,
    );
  });

  it('tell how long the calls of consumers waited, apart from all others', async () => {
    const waits = async () => {
      const text = await scrape(story.service);
      return ['waiting', 'revalidation', 'background'].map((priority) =>
        valueOf(text, 'budget_wait_seconds_count', `api="ListRegistryImages",priority="${priority}"`),
      );
    };
    const [before] = await waits();
    await story.service.get('/v1/registry-images?name=waits');
    expect(await waits()).toEqual([before! + 1, 0, 0]);
  });

  it('counts 429s of HSS, and no call inside a Retry-After', async () => {
    story.emulator.faults.schedule({ kind: 'status', status: 429 });
    await story.service.get('/v1/local-images?name=throttled');
    const text = await scrape(story.service);
    expect(valueOf(text, 'upstream_throttled_total', 'api="ListImageLocal"')).toBe(1);
    expect(valueOf(text, 'upstream_calls_inside_retry_after_total', 'api="ListImageLocal"')).toBe(0);
    expect(valueOf(text, 'budget_pause_seconds', 'api="ListImageLocal"')).toBeGreaterThan(0);
  });

  it('tell how long strict verdicts took, and who had to come back', async () => {
    const ask = (name: string) =>
      story.service.get(`/v1/images/none?type=private_image&namespace=n&tag=t&name=${name}`, strict);
    const strict = { Prefer: 'handling=strict' };
    const counts = async () => {
      const text = await scrape(story.service);
      return ['verdict', 'later'].map((outcome) =>
        valueOf(text, 'strict_answer_duration_seconds_count', `outcome="${outcome}"`),
      );
    };
    const [verdicts, later] = (await counts()) as [number, number];
    expect((await ask('strict')).status).toBe(404);
    expect((await ask('strict&limit=0')).status).toBe(400);
    // A batch is a 200 whatever its items say, and a list is no verdict on an image.
    const body = JSON.stringify({ refs: ['none'] });
    const headers = { 'X-API-Key': readKey, 'content-type': 'application/json', ...strict };
    const batch = { method: 'POST', headers, body };
    expect((await story.service.request('/v1/images/batch-get', batch)).status).toBe(200);
    expect((await story.service.get('/v1/registry-images?name=strict-list', strict)).status).toBe(200);
    expect(await counts()).toEqual([verdicts + 1, later]);
    story.emulator.faults.schedule({ kind: 'status', status: 500, times: 10 });
    expect((await ask('strict-failing')).status).toBe(503);
    story.emulator.faults.clear();
    expect(await counts()).toEqual([verdicts + 1, later + 1]);
  });

  it('holds no name and no id of an image', async () => {
    await story.service.get(proxyAgent);
    const text = await scrape(story.service);
    for (const value of ['proxy-agent', '0b08c2b4', 'scc_hss_container', 'sha256:'])
      expect(text).not.toContain(value);
  });
});

describe('ages in the metrics', () => {
  const clock = TestClock.still();
  const story = useEmulatedService({ clock });

  it('tell how old a stale answer was, and why', async () => {
    const path = '/v1/registry-images?name=stale';
    await story.service.get(path);
    clock.advance(3_600_000);
    story.emulator.faults.schedule({ kind: 'status', status: 500, times: 1_000 });
    await story.service.get(path);
    const text = await scrape(story.service);
    expect(valueOf(text, 'stale_answer_age_seconds_sum', 'cause="refresh"')).toBe(3_600);
    expect(valueOf(text, 'stale_answer_age_seconds_count', 'cause="failure"')).toBe(0);
    await story.service.get(path);
    const later = await scrape(story.service);
    expect(valueOf(later, 'stale_answer_age_seconds_sum', 'cause="failure"')).toBe(3_600);
  });
});

describe('a port for the metrics', () => {
  let [emulator, service] = [] as unknown as [Emulator, TestService];

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off' });
    service = await startService({ emulator, env: { METRICS_PORT: '0' } });
  });
  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  it('serves them alone and without a key; the main port has none', async () => {
    const { port } = service.fastify().metricsServer!.address() as AddressInfo;
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    const answer = await get('/metrics');
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/hss_bff_build_info/)]);
    for (const path of ['/', '/health/live', '/v1/me', '/metrics/x'])
      expect((await get(path)).status).toBe(404);
    const headers = { 'X-API-Key': adminKey };
    expectProblem(await service.request('/metrics', { headers }), { status: 404, code: 'not-found' });
  });
});

describe('all metrics', () => {
  const key = 'file-key-0123456789';
  let [redis, emulator, service, file] = [] as unknown as [RedisProcess, Emulator, TestService, MountedFile];
  let text = '';
  let refused = 0;

  beforeAll(async () => {
    [redis, emulator] = [await startRedis(), await startEmulator({ rate: 'off' })];
    const expiring = { scopes: ['read'], keys: [{ sha256: sha256(key), expires: '2999-01-31' }] };
    file = new MountedFile(fileOf({ id: 'dashboard', rate: { requests: '1/1s' }, ...expiring }));
    service = await startService({
      emulator,
      redisUrl: redis.url,
      env: { CATALOG: 'on', CONSUMERS_FILE: file.path, ...face, ...jwtSettings },
    });
    await untilInAgreement(service);
    await until(async () => (await service.get('/v1/images')).status === 200);
    // The third answer is sent by the hot path, which leaves refusals to the normal way.
    for (let time = 0; time < 4; time += 1) await service.get('/v1/registry-images');
    while (refused < 3)
      if ((await service.get('/v1/registry-images', { 'X-API-Key': key })).status === 429) refused += 1;
    await until(async () => {
      text = await scrape(service);
      return (valueOf(text, 'catalog_rows', 'list="registry"') ?? 0) > 0;
    });
  });
  afterAll(async () => {
    await service.close();
    await emulator.close();
    await redis.stop();
    file.close();
  });

  it('are those of docs/operations.md, with these labels', () => {
    const document = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const rows = [...document.matchAll(/^\| `(hss_bff_\w+)` +\| (\w+) +\| ([^|]*)\|/gm)];
    const listed = rows.map(([, name, type, labels]) => ({
      name: name!,
      type: type!,
      labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!),
    }));
    expect(listed.map(({ name, type }) => `${name} ${type}`).sort()).toEqual(families(text).sort());
    for (const { name, labels } of listed) expect([[], labels]).toContainEqual(labelsOf(text, name));
  });

  it('tell of keys, of the file and of the catalog', () => {
    const id = `consumer="dashboard",key_id="${sha256(key).slice(0, 8)}"`;
    expect(valueOf(text, 'key_expiry_timestamp_seconds', id)).toBe(Date.parse('2999-02-01') / 1000);
    expect(valueOf(text, 'key_last_used_timestamp_seconds', id)).toBeGreaterThan(Date.now() / 1000 - 3_600);
    expect(valueOf(text, 'rate_limited_total', 'consumer="dashboard",rate="requests"')).toBe(refused);
    expect(valueOf(text, 'consumers_file_good')).toBe(1);
    expect(valueOf(text, 'redis_up')).toBe(1);
    expect(valueOf(text, 'redis_memory_used_bytes')).toBeGreaterThan(0);
    expect(valueOf(text, 'catalog_lease_held')).toBe(1);
    expect(valueOf(text, 'catalog_rows', 'list="registry"')).toBeGreaterThan(0);
    expect(valueOf(text, 'budget_shared', 'api="ListImageLocal"')).toBe(1);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  it('tell of the process, without watching each garbage collection', () => {
    const names = [...text.matchAll(/^# TYPE ((?:process|nodejs)_\w+)/gm)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['process_resident_memory_bytes', 'nodejs_version_info']));
    expect(names).not.toContain('nodejs_gc_duration_seconds');
  });

  it('keep the conventions of Prometheus, by promtool', () => {
    const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text
        .split('\n\n')
        .filter((family) => own.test(family.split(' ')[2] ?? ''))
        .join('\n'),
      encoding: 'utf8',
    });
    if (error) {
      console.warn('Skipped: promtool is not here (on Debian: apt-get install prometheus)');
      return;
    }
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });
});

const face = { HSS_COMPAT: 'on', FACE_MASTER_KEY: 'm'.repeat(32) };
const jwtSettings = {
  JWT_ISSUER: 'https://issuer.example',
  JWT_AUDIENCE: 'hss-bff',
  JWT_JWKS_URL: 'https://issuer.example/keys',
};

/** Name and type of each family of our own. */
function families(text: string): string[] {
  return [...text.matchAll(/^# TYPE (hss_bff_\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
}

/** The labels of a family; none while the family has no series. */
function labelsOf(text: string, name: string): string[] {
  const line = text.split('\n').find((each) => new RegExp(`^${name}(_bucket)?\\{`).test(each)) ?? '';
  return [...line.matchAll(/[{,](\w+)=/g)].map(([, label]) => label!).filter((label) => label !== 'le');
}
