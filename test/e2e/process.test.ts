import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { proxyAgent } from '../support/proxy-agent.js';
import { readKey } from '../support/service.js';
import { until } from '../support/until.js';
import { startUpstream } from '../support/upstream-server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const buildIfNeeded =
  "const { build, needsBuild } = await import('./scripts/build.mjs'); if (needsBuild()) process.exitCode = await build();";

interface Running {
  stdout(): string;
  stderr(): string;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const running: Running[] = [];

/** Nothing of this machine's environment may configure the service. */
function run(args: string[], env: Record<string, string> = {}): Running {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, args, { cwd: root, env: { PATH, ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const started: Running = {
    stdout: () => out,
    stderr: () => err,
    signal: (name) => void child.kill(name),
    ended: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null),
  };
  running.push(started);
  return started;
}

const service = (env: Record<string, string>) => run(['dist/main.js'], { PORT: '0', ...env });

/** The first match of `pattern` in what the process says. */
async function said(process: Running, pattern: RegExp): Promise<string> {
  let match: string | undefined;
  await until(() => (match = pattern.exec(process.stdout() + process.stderr())?.[1]));
  return match!;
}

const listening = (process: Running) => said(process, /"url":"([^"]+)","mode":"hss"/);

const hssSettings = (endpoint: string) => ({
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
  beforeAll(async () => {
    const building = run(['--input-type=module', '-e', buildIfNeeded]);
    if ((await building.ended) !== 0) throw new Error(building.stderr());
  }, 120_000);

  afterEach(async () => {
    for (const { signal, ended } of running.splice(0)) {
      signal('SIGKILL');
      await ended;
    }
  });

  it('starts the demo without any setting: what it prints works, and it ends when told to', async () => {
    const demo = service({});
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

  it.each([
    [{ HSS_REGION: 'cn-north-4' }, ['HSS_PROJECT_ID', 'HSS_AUTH']],
    [{ HSS_AUTH: 'iam', IAM_USER: 'reader' }, ['HSS_REGION', 'HSS_PROJECT_ID', 'IAM_DOMAIN', 'IAM_PASSWORD']],
    [{ NODE_ENV: 'production' }, ['HSS_REGION', 'HSS_PROJECT_ID', 'HSS_AUTH', 'REDIS_URL']],
  ])('does not start with %j, and lists all that is missing', async (env, missing) => {
    const refusing = service(env as Record<string, string>);
    expect(await refusing.ended).toBe(1);
    for (const name of missing) expect(refusing.stderr()).toMatch(new RegExp(`^ +${name} is missing`, 'm'));
    expect(refusing.stderr()).not.toMatch(/^ +at /m);
    expect(refusing.stdout()).toBe('');
  });

  it.each([
    ['the service', 'dist/main.js', /port.* is taken.*PORT/i],
    ['the emulator', 'dist/emulator/main.js', /Port \d+ is taken.*PORT/],
  ])('says so when the port of %s is taken', async (_name, file, complaint) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const refusing = run([file], { PORT: String((taken.address() as AddressInfo).port) });
    expect(await refusing.ended).toBe(1);
    expect(refusing.stderr()).toMatch(complaint);
    expect(refusing.stderr()).not.toMatch(/^ +at /m);
    taken.close();
  });

  it('finishes what runs at SIGTERM, takes nothing new, and exits with 0', async () => {
    let answerHss = () => {};
    const upstream = await startUpstream((_request, response) => {
      answerHss = () => response.end('{"total_num":0,"data_list":[]}');
    });
    const keys = { CLOUD_SDK_AK: 'ak', CLOUD_SDK_SK: 'sk' };
    const stopping = service({ ...hssSettings(upstream.url), ...keys });
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

  it.each([['aksk'], ['iam']])('works against an emulator of its own process with %s', async (auth) => {
    const emulator = run(['dist/emulator/main.js', '--rate', 'off'], { PORT: '0' });
    const endpoint = await said(emulator, /^HSS emulator on (\S+)$/m);
    const { credentials } = (await (await fetch(`${endpoint}/__emulator/info`)).json()) as {
      credentials: Record<'ak' | 'sk' | 'domain' | 'user' | 'password', string>;
    };
    const { ak, sk, domain, user, password } = credentials;
    const signIn: Record<string, string> =
      auth === 'iam'
        ? { IAM_ENDPOINT: endpoint, IAM_DOMAIN: domain, IAM_USER: user, IAM_PASSWORD: password }
        : { CLOUD_SDK_AK: ak, CLOUD_SDK_SK: sk };
    const started = service({ ...hssSettings(endpoint), ...signIn, LOG_LEVEL: 'debug' });
    const url = await listening(started);
    const get = (path: string, key = readKey) => fetch(url + path, { headers: { 'X-API-Key': key } });
    const answer = await get(`${proxyAgent}&include=image,baseOs,files,hosts`);
    expect(answer.status).toBe(200);
    expect(answer.headers.has('x-demo-data')).toBe(false);
    expect(await answer.json()).toMatchObject({ baseOs: [{ osName: 'Debian' }], files: { total: 50 } });
    expect((await get(proxyAgent, 'not-a-key-0123456789')).status).toBe(401);

    started.signal('SIGTERM');
    expect(await started.ended).toBe(0);
    emulator.signal('SIGTERM');
    expect(await emulator.ended).toBe(0);
    const lines = started.stdout().trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
    for (const secret of [ak, sk, password, readKey, 'not-a-key', 'MIIEmulated', 'Signature='])
      expect(started.stdout() + started.stderr()).not.toContain(secret);
  });
});
