import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildService } from '../support/built-service.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { readKey } from '../support/service.js';
import { until } from '../support/until.js';
import { startUpstream } from '../support/upstream-server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dockerfile = readFileSync(`${root}/Dockerfile`, 'utf8');

interface Running {
  stdout(): string;
  stderr(): string;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Many processes start at once, on a machine that may be slow. */
const startsWithinMs = 60_000;

/** Starts Node with this environment only: no variable of the machine may configure the service. */
function run(args: string[], env: Record<string, string> = {}): Running {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, args, { cwd: root, env: { PATH, ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return {
    stdout: () => out,
    stderr: () => err,
    signal: (name) => void child.kill(name),
    ended: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null),
  };
}

type Run = typeof run;

/** A test with processes of its own, which end with the test. Tests run side by side, since starting takes the time. */
function itRuns(title: string, test: (run: Run) => Promise<void>): void {
  const body = async () => {
    const running: Running[] = [];
    await buildService();
    try {
      await test((...given) => {
        const started = run(...given);
        running.push(started);
        return started;
      });
    } finally {
      for (const started of running) started.signal('SIGKILL');
      await Promise.all(running.map(({ ended }) => ended));
    }
  };
  it.concurrent(title, body, 180_000);
}

const main = 'dist/main.js';

/** The arguments of node in the image. */
const imageCommand = (JSON.parse(/\nCMD (.*)\n$/.exec(dockerfile)![1]!) as string[]).slice(1);

/** A module that makes main.ts fail after the start, at the line that listens for signals. */
const failAtSignals = `data:text/javascript,${encodeURIComponent(`
  const on = process.on;
  process.on = function (event, ...rest) {
    if (event === 'SIGTERM') throw new Error('planted');
    return on.call(this, event, ...rest);
  };`)}`;

/** A module that throws outside of all handlers when the process gets a signal. */
const throwAtSignal = `data:text/javascript,${encodeURIComponent(`
  process.on('SIGUSR2', () => setImmediate(() => { throw new Error('planted'); }));`)}`;

/** The first match of `pattern` in what the process says. */
async function said(process: Running, pattern: RegExp): Promise<string> {
  let match: string | undefined;
  await until(() => (match = pattern.exec(process.stdout() + process.stderr())?.[1]), startsWithinMs);
  return match!;
}

const listening = (process: Running) => said(process, /"url":"([^"]+)","mode":"hss"/);

const hssSettings = (endpoint: string) => ({
  PORT: '0',
  HSS_REGION: 'cn-north-4',
  HSS_ENDPOINT: endpoint,
  HSS_PROJECT_ID: '0123456789abcdef0123456789abcdef',
  HSS_ENTERPRISE_PROJECT_ID: 'all_granted_eps',
  API_KEYS: `reader=${readKey}`,
});

function isRefused(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}

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

  for (const [name, args] of [
    ['as in the image', imageCommand],
    ['with npm start', ['scripts/start.mjs']],
  ] as const)
    itRuns(`started ${name}, names TypeScript lines in stack traces`, async (run) => {
      const failing = run(['--import', failAtSignals, ...args], { PORT: '0' });
      expect(await failing.ended).toBe(1);
      expect(failing.stderr()).toMatch(
        /Error: planted\n( +at .*\n)* +at main \(\S*\/src\/main\.ts:\d+:\d+\)/,
      );
    });

  itRuns('finishes what runs at SIGTERM, takes nothing new, and exits with 0', async (run) => {
    let answerHss = () => {};
    const upstream = await startUpstream((_request, response) => {
      answerHss = () => response.end('{"total_num":0,"data_list":[]}');
    });
    const keys = { CLOUD_SDK_AK: 'ak', CLOUD_SDK_SK: 'sk' };
    const stopping = run([main], { ...hssSettings(upstream.url), ...keys, CATALOG: 'off' });
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
