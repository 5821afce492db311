import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A project of two files: the whole service takes the compiler ten seconds. */
describe('npm run build', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hss-bff-build-'));
    for (const name of ['scripts', 'src', 'emulator']) mkdirSync(join(folder, name));
    for (const name of ['build.mjs', 'bundle.mjs'])
      cpSync(join(root, 'scripts', name), join(folder, 'scripts', name));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const project = (outDir: string, include: string) =>
      JSON.stringify({
        compilerOptions: { module: 'NodeNext', types: [], sourceMap: true, rootDir: include, outDir },
        include: [include],
      });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(folder, 'tsconfig.build.json'), project('dist', 'src'));
    writeFileSync(join(folder, 'emulator/tsconfig.json'), project('../dist/emulator', '.'));
    writeFileSync(join(folder, 'emulator/main.ts'), 'export const emulator = 1;\n');
    writeFileSync(join(folder, 'src/main.ts'), "import 'reflect-metadata';\nconsole.log('runs');\n");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const build = async () => {
    const child = spawn(process.execPath, [join(folder, 'scripts/build.mjs')], { cwd: folder });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said };
  };
  const run = () => spawnSync(process.execPath, [join(folder, 'dist/main.js')], { encoding: 'utf8' }).stdout;

  const leftovers = () => readdirSync(folder).filter((name) => name.includes('dist') && name !== 'dist');

  it('may begin while another build is under way', async () => {
    const first = build();
    await until(() =>
      readdirSync(folder, { encoding: 'utf8' })
        .filter((name) => name.includes('dist'))
        .some((name) => existsSync(join(folder, name, 'main.js'))),
    );
    const good = { code: 0, said: 'Building dist/ …\n' };
    expect(await Promise.all([first, build()])).toEqual([good, good]);
    expect(run()).toBe('runs\n');
    expect(readdirSync(join(folder, 'dist'))).toEqual(
      expect.arrayContaining(['.built', 'bundle', 'emulator', 'main.js']),
    );
    expect(leftovers()).toEqual([]);
  });

  it('leaves the former build where the compiler fails', async () => {
    await build();
    writeFileSync(join(folder, 'src/main.ts'), 'const 1;\n');
    expect((await build()).code).not.toBe(0);
    expect(run()).toBe('runs\n');
    expect(leftovers()).toEqual([]);
  });
});
