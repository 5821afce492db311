// Builds dist/ and remembers that it did. `npm start` must build on a fresh machine, but not at every
// start, and never run half a build: a stamp is written only after the compiler succeeded, and dated
// before it started, so that a file saved meanwhile counts as newer.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** Each is compiled by itself: the emulator must share nothing with the service. */
export const projects = ['tsconfig.build.json', 'emulator/tsconfig.json'];
const sources = ['src', 'emulator'];
const dist = join(root, 'dist');
export const stamp = join(dist, '.built');
const compiler = join(root, 'node_modules/typescript/bin/tsc');

/** A production image has dist/ and no src/: it never builds. */
export function needsBuild() {
  if (!sources.every((folder) => existsSync(join(root, folder)))) return false;
  if (!existsSync(stamp)) return true;
  const configs = readdirSync(root).filter(
    (name) => name === 'package.json' || /^tsconfig.*\.json$/.test(name),
  );
  // Folders count too: their date is the only trace of a file that was deleted.
  const inputs = [
    ...configs,
    ...sources,
    ...sources.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
    ),
  ];
  const builtAt = statSync(stamp).mtimeMs;
  return inputs.some((input) => statSync(join(root, input)).mtimeMs > builtAt);
}

/** Resolves to the compiler's exit code. What it says goes to stderr. */
export async function build() {
  if (!existsSync(compiler)) {
    console.error('TypeScript is not installed: run `npm ci` first.');
    return 1;
  }
  const startedAt = new Date();
  console.error('Building dist/ …');
  rmSync(dist, { recursive: true, force: true });
  const codes = await Promise.all(projects.map(compile));
  const code = codes.find((each) => each !== 0) ?? 0;
  if (code === 0) {
    writeFileSync(stamp, '');
    utimesSync(stamp, startedAt, startedAt);
  }
  return code;
}

function compile(project) {
  const child = spawn(process.execPath, [compiler, '-p', project], { cwd: root, stdio: ['ignore', 2, 2] });
  return new Promise((resolve, reject) => child.on('error', reject).on('exit', (code) => resolve(code ?? 1)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await build();
