import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-node';
import { readFileSync } from 'node:fs';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { settingsCommand } from '../../src/settings-command.js';
import { startTracing, type Tracing } from '../../src/telemetry/start-tracing.js';
import { fileOf, MountedFile, sha256 } from '../support/consumers.js';
import { routes } from '../support/hss-faults.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { sdkConsumers, sdkKeys } from '../support/sdk-consumers.js';
import { startService, type TestService } from '../support/service.js';
import { storedTexts } from '../support/stored-texts.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

/** Each place has a word of its own, so that a leak names its place. */
const planted = (place: string) => `planted-${place}-0123456789abcdef`;
const operatorKey = planted('operator-key');
const fileKey = planted('file-key');

/** Everything secret that the settings hold, in the forms in which it could show. */
const settings = {
  API_KEYS: `reader=${planted('reader-key')}`,
  ADMIN_API_KEYS: `operator=${operatorKey}`,
  HTTPS_PROXY: `http://user:${planted('proxy-password')}@127.0.0.1:9`,
  NO_PROXY: '127.0.0.1',
  OTEL_EXPORTER_OTLP_HEADERS: `authorization=${planted('collector-token')}`,
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${planted('collector-password')}@127.0.0.1:9`,
};

describe('secrets planted everywhere', () => {
  const clock = new TestClock();
  const exporter = new InMemorySpanExporter();
  const answers: string[] = [];
  const face = sdkConsumers();
  let [redis, emulator, service] = [] as unknown as [RedisProcess, Emulator, TestService];
  let [file, tracing, env] = [] as unknown as [MountedFile, Tracing, Record<string, string>];

  async function send(path: string, init: RequestInit = {}): Promise<number> {
    const answer = await service.request(path, init);
    answers.push(`${JSON.stringify([...answer.headers])} ${answer.text}`);
    return answer.status;
  }

  beforeAll(async () => {
    const protocol = 'http/json';
    tracing = await startTracing({ exporter: 'otlp', protocol, propagates: true }, 'one', clock, exporter);
    redis = await startRedis({ password: planted('redis-password') });
    emulator = await startEmulator({ rate: 'off', clock });
    const entries = JSON.parse(readFileSync(face.file, 'utf8')) as { consumers: object[] };
    file = new MountedFile(
      fileOf({ id: 'of-file', keys: [{ sha256: sha256(fileKey) }], scopes: ['read'] }, ...entries.consumers),
    );
    env = { ...settings, ...face.env, CONSUMERS_FILE: file.path, CATALOG: 'on' };
    service = await startService({ emulator, clock, redisUrl: redis.url, env });
    await untilInAgreementByOperator();
    await everythingThatCanGoWrong();
  });
  afterAll(async () => {
    await service.close();
    await emulator.close();
    await redis.stop();
    await tracing.end();
    file.close();
  });

  async function untilInAgreementByOperator(): Promise<void> {
    const headers = { 'X-API-Key': operatorKey };
    await until(
      async () => (await service.request('/v1/admin/cache', { headers })).body.inAgreement === true,
    );
  }

  async function everythingThatCanGoWrong(): Promise<void> {
    const known = { 'X-API-Key': fileKey };
    const headers = {
      ...known,
      Cookie: planted('cookie'),
      'X-Auth-Token': planted('token-header'),
      'User-Agent': planted('agent'),
      Prefer: `x=${planted('prefer')}`,
      baggage: `x=${planted('baggage')}`,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    // Keys that are wrong, in each header that can hold one.
    await send('/v1/me', { headers: { 'X-API-Key': planted('wrong-key') } });
    await send('/v1/me', { headers: { Authorization: `Bearer ${planted('wrong-bearer')}` } });
    await send('/v5/x/image/registries/images', {
      headers: {
        Authorization: `SDK-HMAC-SHA256 Access=${planted('ak')}, Signature=${planted('signature')}`,
      },
    });
    // Texts of consumers in paths, queries and bodies, right and wrong.
    for (const path of Object.values(routes)) await send(path, { headers });
    await send(`/v1/registry-images?name=${planted('query')}`, { headers });
    await send(`/v1/registry-images?${planted('parameter')}=1`, { headers });
    await send(`/v1/images/${planted('path')}`, { headers });
    await send(`/${planted('no-route')}?key=${planted('no-route-query')}`, { headers });
    await send(`/v1/images?q=${planted('search')}`, { headers });
    const post = (path: string, body: string, more = headers as Record<string, string>) =>
      send(path, { method: 'POST', headers: { ...more, 'content-type': 'application/json' }, body });
    await post('/v1/images/batch-get', JSON.stringify({ refs: [planted('ref')] }));
    await post('/v1/images/batch-get', `{"refs":["${planted('broken-body')}`);
    const operator = { ...headers, 'X-API-Key': operatorKey };
    await post('/v1/admin/cache/purge', JSON.stringify({ key: planted('purged-key') }), operator);
    // HSS fails in each way, with words of its own.
    const words = { 'x-secret': planted('upstream-header') };
    const body = `{"error_msg":"${planted('upstream-body')}"}`;
    for (const status of [400, 401, 403, 404, 429, 500, 503]) {
      emulator.faults.schedule({
        kind: 'status',
        status,
        message: planted('upstream-words'),
        headers: words,
      });
      await send(`/v1/local-images?name=fails-${status}`, { headers: operator });
      emulator.faults.schedule({ kind: 'raw', status, body, headers: words });
      await send(`/v1/registry-images?name=fails-${status}`, { headers });
      emulator.faults.clear();
      clock.advance(600_000);
    }
    emulator.faults.schedule({ kind: 'raw', status: 200, body: `<${planted('upstream-html')}>` });
    await send('/v1/registry-images?name=html', { headers });
    // Somebody pastes a key into the file where a hash or a word belongs.
    const good = readFileSync(file.path, 'utf8');
    const broken = {
      id: 'pasted',
      keys: [{ sha256: planted('pasted-hash') }],
      scopes: [planted('pasted-scope')],
    };
    const lines = () => service.logText().split('"audit":"reload"').length;
    for (const text of [fileOf(broken), `consumers: [${planted('pasted-yaml')}`, good]) {
      const before = lines();
      file.write(text);
      await until(() => {
        clock.advance(5_000);
        return text === good || lines() > before;
      });
    }
    await send('/v1/registry-images', { headers });
    await tracing.flush();
  }

  /** All words that must show nowhere. */
  const secrets = () => [
    'planted',
    emulator.credentials.ak,
    emulator.credentials.sk,
    face.env['FACE_MASTER_KEY']!,
    sdkKeys.sk,
    'canonicalRequest',
  ];
  function expectNone(text: string, name: string, allowed: RegExp = /^$/): void {
    for (const secret of secrets()) {
      const found = [...text.matchAll(new RegExp(`.{0,120}${secret}.{0,80}`, 'gs'))].map(([line]) => line);
      expect({ name, found: found.filter((line) => !allowed.test(line)) }).toEqual({ name, found: [] });
    }
  }

  it('show in no log line', () => {
    expect(service.logText()).toMatch(/"audit":"refusal"/);
    expectNone(service.logText(), 'log');
  });

  it('show in no metric', async () => {
    const answer = await service.request('/metrics', { headers: { 'X-API-Key': operatorKey } });
    expect(answer.text).toMatch(/hss_bff_http_requests_total\{/);
    expectNone(answer.text, 'metrics');
  });

  it('show in no span', () => {
    const spans = exporter.getFinishedSpans();
    expect(spans.length).toBeGreaterThan(20);
    const plain = spans.map(({ name, attributes, events, status, links, resource }) => ({
      ...{ name, attributes, events, status, links, resource: resource.attributes },
    }));
    expectNone(JSON.stringify(plain), 'spans');
  });

  it('show in no answer, but for what the consumer itself has sent', () => {
    // A problem may name a parameter or a reference of its own request; no answer repeats a header or a key.
    expectNone(answers.join('\n'), 'answers', /planted-(parameter|ref|query|path|search)-/);
  });

  it('show in nothing that Redis holds', async () => {
    const stored = await storedTexts(redis.url);
    expect(stored.size).toBeGreaterThan(5);
    for (const [key, text] of stored) expectNone(`${key}\n${text}`, key);
  });

  it('show in neither command about the settings', () => {
    const all = {
      ...env,
      HSS_REGION: emulator.region,
      HSS_ENDPOINT: emulator.url,
      HSS_PROJECT_ID: emulator.projectId,
      CLOUD_SDK_AK: emulator.credentials.ak,
      CLOUD_SDK_SK: emulator.credentials.sk,
      REDIS_URL: redis.url,
    };
    const read = (path: string) => readFileSync(path, 'utf8');
    const right = settingsCommand(['--print-config'], all, read)!;
    expect([right.exitCode, right.stdout]).toEqual([0, expect.stringContaining('CLOUD_SDK_SK=***')]);
    const malformed = { ...all, API_KEYS: planted('malformed'), PORT: 'x', REDIS_URL: planted('url') };
    const wrong = settingsCommand(['--check-config'], malformed, read)!;
    expect(wrong.exitCode).toBe(1);
    expectNone(right.stdout + right.stderr + wrong.stdout + wrong.stderr, 'commands');
  });
});
