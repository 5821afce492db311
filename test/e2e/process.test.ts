import { describe, expect } from '@jest/globals';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { aksk, hssSettings, isRefused, itRuns, listening, main, said } from '../support/processes.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { adminKey, readKey } from '../support/service.js';
import { unusedPort } from '../support/unused-port.js';
import { until } from '../support/until.js';
import { startUpstream } from '../support/upstream-server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dockerfile = readFileSync(`${root}/Dockerfile`, 'utf8');

/** The arguments of node in the image. */
const imageCommand = (JSON.parse(/\nCMD (.*)\n$/.exec(dockerfile)![1]!) as string[]).slice(1);

/** A module that makes the start fail at the line that listens for stray errors. */
const failAtStrays = `data:text/javascript,${encodeURIComponent(`
  const on = process.on;
  process.on = function (event, ...rest) {
    if (event === 'unhandledRejection') throw new Error('planted');
    return on.call(this, event, ...rest);
  };`)}`;

/** A module that throws outside of all handlers when the process gets a signal. */
const throwAtSignal = `data:text/javascript,${encodeURIComponent(`
  process.on('SIGUSR2', () => setImmediate(() => { throw new Error('planted'); }));`)}`;

/** A module that lists the CommonJS files that the process has loaded, among them all of OpenTelemetry's, at its end. */
const listPackages = `data:text/javascript,${encodeURIComponent(`
  import Module from 'node:module';
  process.on('exit', () => console.error(Object.keys(Module._cache).join(' ')));`)}`;

describe('the built service', () => {
  itRuns('starts the demo without settings, prints lines that work, and ends on SIGINT', async (run) => {
    const demo = run([main], { PORT: '0' });
    const url = await said(demo, /^ {2}Base URL {2}(\S+)$/m);
    const key = await said(demo, /^ {2}Demo key {2}(\S+)$/m);
    const answer = await fetch(url + proxyAgent, { headers: { 'X-API-Key': key } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-demo-data')).toBe('true');
    expect(await answer.json()).toMatchObject({ baseOs: [{ osName: 'Debian', osVersion: '9' }] });
    await said(demo, /(curl -s -H 'X-API-Key: \S+' 'http)/);
    demo.signal('SIGINT');
    expect(await demo.ended).toBe(0);
    expect(demo.stderr()).toBe('');
  });

  itRuns('passes the health check of the image on every address and port', async (run) => {
    await Promise.all(
      ['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost', ''].map(async (host) => {
        const variables = { PORT: String(await unusedPort()), LISTEN_HOST: host };
        const check = () => run(['dist/health-check.js'], variables).ended;
        expect(await check()).toBe(1);
        const checked = run([main], { ...hssSettings('http://127.0.0.1:9'), ...aksk, ...variables });
        await listening(checked);
        expect([host, await check()]).toEqual([host, 0]);
      }),
    );
  });

  itRuns('lists all missing settings and does not start', async (run) => {
    const refusing = run([main], { PORT: '0', NODE_ENV: 'production' });
    expect(await refusing.ended).toBe(1);
    for (const name of ['HSS_REGION', 'HSS_PROJECT_ID', 'HSS_AUTH', 'REDIS_URL'])
      expect(refusing.stderr()).toMatch(new RegExp(`^ +${name} is missing`, 'm'));
    expect(refusing.stderr()).not.toMatch(/^ +at /m);
    expect(refusing.stdout()).toBe('');
  });

  for (const [name, file, complaint] of [
    ['the service', main, /port.* is taken.*PORT/i],
    ['the emulator', 'dist/emulator/main.js', /Port \d+ is taken.*PORT/],
  ] as const)
    itRuns(`reports that the port of ${name} is taken`, async (run) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const refusing = run([file], { PORT: String((taken.address() as AddressInfo).port) });
      expect(await refusing.ended).toBe(1);
      expect(refusing.stderr()).toMatch(complaint);
      expect(refusing.stderr()).not.toMatch(/^ +at /m);
      taken.close();
    });

  itRuns('says in a sentence that an address is none of this machine', async (run) => {
    // An address for documentation, which no machine has.
    const address = { PORT: '0', LISTEN_HOST: '203.0.113.1' };
    const refusing = run([main], { ...hssSettings('http://127.0.0.1:9'), ...aksk, ...address });
    expect(await refusing.ended).toBe(1);
    expect(refusing.stderr()).toMatch(/203\.0\.113\.1 is no address of this machine.*LISTEN_HOST/);
    expect(refusing.stderr()).not.toMatch(/^ +at /m);
  });

  itRuns('says in a sentence that LISTEN_HOST has no address', async (run) => {
    const address = { PORT: '0', LISTEN_HOST: 'nowhere.invalid' };
    const refusing = run([main], { ...hssSettings('http://127.0.0.1:9'), ...aksk, ...address });
    expect(await refusing.ended).toBe(1);
    expect(refusing.stderr()).toMatch(/nowhere\.invalid has no address.*LISTEN_HOST/);
    expect(refusing.stderr()).not.toMatch(/^ +at /m);
  });

  // Whether a user may take a port below 1024 depends on the system; either way the line names the port.
  itRuns('names port 80, which URLs hide', async (run) => {
    const settings = { ...hssSettings('http://127.0.0.1:9'), ...aksk, PORT: '80', LISTEN_HOST: '127.0.0.80' };
    const running = run([main], settings);
    await said(running, /("url":"http:\/\/127\.0\.0\.80:80"|The port 80 (is taken|cannot be opened))/);
  });

  for (const [name, args] of [
    ['as in the image', imageCommand],
    ['with npm start', ['scripts/start.mjs']],
  ] as const)
    itRuns(`started ${name}, names TypeScript lines in stack traces`, async (run) => {
      const failing = run(['--import', failAtStrays, ...args], { PORT: '0' });
      expect(await failing.ended).toBe(1);
      expect(failing.stderr()).toMatch(
        /Error: planted\n( +at .*\n)* +at start \(\S*\/src\/service\.ts:\d+:\d+\)/,
      );
    });

  itRuns('finishes what runs at SIGTERM, takes nothing new, and exits with 0', async (run) => {
    let answerHss = () => {};
    const upstream = await startUpstream((_request, response) => {
      answerHss = () => response.end('{"total_num":0,"data_list":[]}');
    });
    const stopping = run([main], { ...hssSettings(upstream.url), ...aksk, CATALOG: 'off' });
    const url = await listening(stopping);
    const inFlight = fetch(`${url}/v1/registry-images`, { headers: { 'X-API-Key': readKey } });
    await until(() => upstream.requests.length === 1);
    stopping.signal('SIGTERM');
    await until(() => isRefused(url));
    stopping.signal('SIGTERM');
    answerHss();
    const answer = await inFlight;
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ items: [], total: 0 });
    expect(await stopping.ended).toBe(0);
    expect(stopping.stdout()).toContain('Stopping');
    await upstream.close();
  });

  for (const [variables, loaded] of [
    [{}, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, true],
  ] as const)
    itRuns(`${loaded ? 'loads' : 'does not load'} what sends traces`, async (run) => {
      const keys = { CLOUD_SDK_AK: 'ak', CLOUD_SDK_SK: 'sk', CATALOG: 'off' };
      const settings = { ...hssSettings('http://127.0.0.1:9'), ...keys, ...variables };
      const started = run(['--import', listPackages, main], settings);
      // The process listens for signals once it has answered.
      await fetch(`${await listening(started)}/health/live`);
      started.signal('SIGTERM');
      expect(await started.ended).toBe(0);
      expect(/opentelemetry.(sdk|exporter|core|resources)/.test(started.stderr())).toBe(loaded);
    });

  for (const [catalog, loaded] of [
    ['off', false],
    ['on', true],
  ] as const)
    itRuns(`${loaded ? 'loads' : 'does not load'} DuckDB with CATALOG=${catalog}`, async (run) => {
      const settings = { ...hssSettings('http://127.0.0.1:9'), ...aksk, CATALOG: catalog };
      const started = run(['--import', listPackages, main], settings);
      await fetch(`${await listening(started)}/health/live`);
      started.signal('SIGTERM');
      expect(await started.ended).toBe(0);
      expect(/@duckdb/.test(started.stderr())).toBe(loaded);
    });

  for (const [ending, signal, exitCode] of [
    ['an orderly end', 'SIGTERM', 0],
    ['an error that is not caught', 'SIGUSR2', 1],
  ] as const)
    itRuns(`loses no log line at ${ending}`, async (run) => {
      const upstream = await startUpstream((_request, response) => {
        response.end('{"total_num":0,"data_list":[]}');
      });
      const keys = { CLOUD_SDK_AK: 'ak', CLOUD_SDK_SK: 'sk', CATALOG: 'off' };
      const started = run(['--import', throwAtSignal, main], { ...hssSettings(upstream.url), ...keys });
      const url = await listening(started);
      for (let time = 0; time < 100; time += 1)
        await (await fetch(`${url}/v1/registry-images`, { headers: { 'X-API-Key': readKey } })).text();
      started.signal(signal);
      expect(await started.ended).toBe(exitCode);
      const lines = started
        .stdout()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as object);
      expect(lines.filter((line) => 'route' in line && line.route === '/v1/registry-images')).toHaveLength(
        100,
      );
      await upstream.close();
    });

  itRuns('loses no line but those about the last hits at a SIGKILL', async (run) => {
    const upstream = await startUpstream((_request, response) => {
      response.end('{"total_num":0,"data_list":[]}');
    });
    const settings = { ...hssSettings(upstream.url), ...aksk, CATALOG: 'off' };
    const started = run([main], { ...settings, ADMIN_API_KEYS: `operator=${adminKey}` });
    const url = await listening(started);
    const get = async (path: string, init: RequestInit = { headers: { 'X-API-Key': readKey } }) =>
      (await fetch(url + path, init)).text();
    const linesAbout = (route: string) => started.stdout().split(`"route":"${route}"`).length - 1;
    for (let time = 0; time < 50; time += 1) await get('/v1/registry-images');
    await until(() => linesAbout('/v1/registry-images') === 50);
    await get('/v1/registry-images');
    const headers = { 'X-API-Key': adminKey, 'content-type': 'application/json' };
    await get('/v1/admin/cache/purge', { method: 'POST', headers, body: '{"all":true}' });
    started.signal('SIGKILL');
    expect(await started.ended).toBe('SIGKILL');
    expect(started.stdout()).toMatch(/"audit":"admin".*"route":"\/v1\/admin\/cache\/purge"/);
    expect(linesAbout('/v1/registry-images')).toBeGreaterThanOrEqual(50);
    await upstream.close();
  });

  itRuns('works against an emulator in a process of its own, by AK/SK and IAM', async (run) => {
    const emulator = run(['dist/emulator/main.js', '--rate', 'off'], { PORT: '0' });
    const endpoint = await said(emulator, /^HSS emulator on (\S+)$/m);
    const { credentials } = (await (await fetch(`${endpoint}/__emulator/info`)).json()) as {
      credentials: Record<'ak' | 'sk' | 'domain' | 'user' | 'password', string>;
    };
    const { ak, sk, domain, user, password } = credentials;
    const works = async (signIn: Record<string, string>) => {
      const started = run([main], { ...hssSettings(endpoint), ...signIn, LOG_LEVEL: 'debug' });
      const url = await listening(started);
      const get = (path: string, key = readKey) => fetch(url + path, { headers: { 'X-API-Key': key } });
      const answer = await get(`${proxyAgent}&include=image,baseOs,files,hosts`);
      expect(answer.status).toBe(200);
      expect(answer.headers.has('x-demo-data')).toBe(false);
      expect(await answer.json()).toMatchObject({ baseOs: [{ osName: 'Debian' }], files: { total: 50 } });
      expect((await get(proxyAgent, 'not-a-key-0123456789')).status).toBe(401);

      started.signal('SIGTERM');
      expect(await started.ended).toBe(0);
      const lines = started.stdout().trimEnd().split('\n');
      expect(lines.length).toBeGreaterThan(3);
      for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
      for (const secret of [ak, sk, password, readKey, 'not-a-key', 'MIIEmulated', 'Signature='])
        expect(started.stdout() + started.stderr()).not.toContain(secret);
    };
    await Promise.all([
      works({ CLOUD_SDK_AK: ak, CLOUD_SDK_SK: sk }),
      works({ IAM_ENDPOINT: endpoint, IAM_DOMAIN: domain, IAM_USER: user, IAM_PASSWORD: password }),
    ]);
    emulator.signal('SIGTERM');
    expect(await emulator.ended).toBe(0);
  });
});
