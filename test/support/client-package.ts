/**
 * The typed client as another project gets it: packed, installed from the file without any registry, compiled and run
 * there. The client's dependency comes from this repository's node_modules.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runShell, type Ran } from './shell.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const client = join(root, 'clients/typescript');

/** The program that the README of the client begins with. */
export const readmeProgram = (): string =>
  /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(client, 'README.md'), 'utf8'))![1]!;

export class ClientProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'hss-bff-client-'));

  /** Packs the client and installs the package. @throws Error with what npm said. */
  constructor() {
    const packed = ['openapi-fetch', 'openapi-typescript-helpers'].map((name) =>
      this.#pack(join(root, 'node_modules', name), '--ignore-scripts'),
    );
    const own = this.#pack(client);
    const manifest = { name: 'a-team', version: '1.0.0', type: 'module', private: true };
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(manifest));
    this.#npm('install', '--offline', '--no-audit', '--no-fund', own, ...packed);
  }

  /** The files of the installed package. */
  read(file: string): string {
    return readFileSync(join(this.folder, 'node_modules/hss-bff-client', file), 'utf8');
  }

  /**
   * Compiles programs in strict TypeScript, all in one run of the compiler.
   * @returns the errors of each program; none for a program that is right.
   */
  compile(programs: Record<string, string>): Record<string, string[]> {
    const names = Object.keys(programs);
    for (const name of names) writeFileSync(join(this.folder, `${name}.ts`), programs[name]!);
    const compilerOptions = {
      target: 'ES2022',
      module: 'NodeNext',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      outDir: 'out',
    };
    const config = { compilerOptions, files: names.map((name) => `${name}.ts`) };
    writeFileSync(join(this.folder, 'tsconfig.json'), JSON.stringify(config));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const args = [compiler, '-p', this.folder, '--pretty', 'false'];
    const { stdout } = spawnSync(process.execPath, args, { cwd: this.folder, encoding: 'utf8' });
    const lines = stdout.split('\n').filter((line) => line.includes('error TS'));
    return Object.fromEntries(
      names.map((name) => [name, lines.filter((line) => line.startsWith(`${name}.ts(`))]),
    );
  }

  run(name: string, env: Record<string, string>, ...args: string[]): Promise<Ran> {
    return runShell(process.execPath, [join(this.folder, 'out', `${name}.js`), ...args], env);
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  #pack(source: string, ...options: string[]): string {
    const target = join(this.folder, 'packed');
    mkdirSync(target, { recursive: true });
    const said = this.#npm('pack', source, '--json', '--pack-destination', target, ...options);
    // A script of the package may have spoken before.
    const [{ filename }] = JSON.parse(said.slice(said.indexOf('[\n'))) as [{ filename: string }];
    return join(target, filename);
  }

  #npm(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd: this.folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`npm ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
}
