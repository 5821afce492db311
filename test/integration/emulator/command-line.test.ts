import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transform } from '@swc/core';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadCommandLine, optionsFrom } from '../../../emulator/command-line.js';
import { until } from '../../support/until.js';

const sourceFolder = fileURLToPath(new URL('../../../emulator', import.meta.url));

describe('the flags', () => {
  it('default to port 8181, 5 calls a minute and files without a region', () => {
    const defaults = { port: 8181, rate: { limit: 5, windowMs: 60_000 }, strictRegionHeader: false };
    expect(optionsFrom([], {})).toEqual(defaults);
    expect(optionsFrom(['--no-strict-region'], {})).toEqual(defaults);
  });

  it('take the port from --port, otherwise from PORT', () => {
    expect(optionsFrom([], { PORT: '0' })).toMatchObject({ port: 0 });
    expect(optionsFrom(['--port', '9000'], { PORT: '0' })).toMatchObject({ port: 9000 });
  });

  it('set every option of the emulator', () => {
    const line =
      '--host 127.0.0.1 --region eu-west-101 --project-id p --registry-images 10 --local-images 20 ' +
      '--local-listing per-image --seed 7 --rate 10/5m --total-rate off --rate-kind fixed --rate-phase 500 ' +
      '--count-rejected --latency 50-200 --strict-region --require-enterprise-project ' +
      '--variant-content missing --no-asset-statistics --int64-file-sizes ' +
      '--retag-keeps-update-time --containers-keep-update-time ' +
      '--token-life 1000 --token-length 32768 --lock-after 3';
    expect(optionsFrom(line.split(' '), { PORT: '1' })).toEqual({
      port: 1,
      host: '127.0.0.1',
      region: 'eu-west-101',
      projectId: 'p',
      registryImages: 10,
      localImages: 20,
      localListing: 'per-image',
      seed: 7,
      rate: { limit: 10, windowMs: 300_000, kind: 'fixed', phaseMs: 500, countRejected: true },
      totalRate: 'off',
      latencyMs: [50, 200],
      strictRegionHeader: true,
      requireEnterpriseProject: true,
      variantContent: 'missing',
      assetStatistics: false,
      retagKeepsUpdateTime: true,
      containersKeepUpdateTime: true,
      int64FileSizes: true,
      tokenLifeMs: 1000,
      tokenLength: 32_768,
      lockAfterFailures: 3,
    });
  });

  it('can ask for help', () => {
    expect(optionsFrom(['--help'], {})).toBeUndefined();
  });

  it.each([
    ['--prot', '1'],
    ['--port', 'x'],
    ['--port', '65536'],
    ['--rate', '5'],
    ['--rate', '0/60s'],
    ['--rate-kind', 'leaky'],
    ['--latency', '200-50'],
    ['--local-listing', 'both'],
    ['--token-length', '40000'],
    ['stray', ''],
  ])('refuse %s %s', (...args) => {
    expect(() => optionsFrom(args, {})).toThrow(BadCommandLine);
  });
});

describe('the program', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hss-emulator-'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const files = await readdir(sourceFolder, { recursive: true });
    await Promise.all(files.filter((file) => file.endsWith('.ts')).map((file) => compile(file, folder)));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = (args: string[], port: string): ChildProcessWithoutNullStreams =>
    spawn(process.execPath, [join(folder, 'main.js'), ...args], {
      env: { PATH: process.env['PATH'], PORT: port },
    });

  const listen = (child: ChildProcessWithoutNullStreams) => {
    const output = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.err += chunk.toString()));
    const end = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
    return { output, end };
  };
  const finish = (child: ChildProcessWithoutNullStreams) => listen(child).end;

  it('shows its flags with --help', async () => {
    const { code, out } = await finish(run(['--help'], '0'));
    expect(code).toBe(0);
    expect(out).toContain('--registry-images N');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('serves on a free port until %s', async (signal) => {
    const child = run(['--registry-images', '3'], '0');
    const { output, end } = listen(child);
    const greeting = () => /(http:\/\/127\.0\.0\.1:\d+)\s/.exec(output.out);
    await until(greeting);
    const url = greeting()![1]!;
    const info = (await (await fetch(`${url}/__emulator/info`)).json()) as Record<string, unknown>;
    expect(info).toMatchObject({ url, counts: { registryImages: 3 } });
    child.kill(signal);
    const { code, out } = await end;
    expect(code).toBe(0);
    expect(out).toContain(String(info['projectId']));
  });

  it('reports a taken port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, err } = await finish(run([], String(port)));
    taken.close();
    expect(code).toBe(1);
    expect(err).toContain(`Port ${port} is taken`);
  });

  it('names an unknown flag', async () => {
    const { code, err } = await finish(run(['--prot=1'], '0'));
    expect(code).toBe(1);
    expect(err).toContain('--prot');
    expect(err).toContain('--help');
  });
});

async function compile(file: string, folder: string): Promise<void> {
  const { code } = await transform(await readFile(join(sourceFolder, file), 'utf8'), {
    swcrc: false,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  const target = join(folder, file.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}
