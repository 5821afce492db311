// Builds dist/ and writes a stamp after the build. `npm start` must build on a fresh machine, but not at every start, and
// must never run half a build. So the stamp is written only after the compiler has succeeded, with the time at which the
// compiler started: a file that was saved meanwhile counts as newer.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** Each project is compiled by itself: the emulator must share no code with the service. */
export const projects = ['tsconfig.build.json', 'emulator/tsconfig.json'];
const sources = ['src', 'emulator'];
const dist = join(root, 'dist');
export const stamp = join(dist, '.built');
const compiler = join(root, 'node_modules/typescript/bin/tsc');

/** A production image has dist/ but no src/, so it never builds. */
export function needsBuild() {
  if (!sources.every((folder) => existsSync(join(root, folder)))) return false;
  if (!existsSync(stamp)) return true;
  const configs = readdirSync(root).filter(
    (name) => name === 'package.json' || /^tsconfig.*\.json$/.test(name),
  );
  // Folders count too: the date of its folder is the only trace of a deleted file.
  const inputs = [
    ...configs,
    ...['build.mjs', 'bundle.mjs'].map((name) => join('scripts', name)),
    ...sources,
    ...sources.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)),
    ),
  ];
  const builtAt = statSync(stamp).mtimeMs;
  return inputs.some((input) => statSync(join(root, input)).mtimeMs > builtAt);
}

/**
 * Resolves to the compiler's exit code. The compiler's output goes to stderr. Types are left to `npm run types`: without
 * that check a build takes half the time.
 */
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
    // Loaded here, since most starts build nothing.
    const { bundle } = await import('./bundle.mjs');
    await bundle(root);
    writeFileSync(stamp, '');
    utimesSync(stamp, startedAt, startedAt);
  }
  return code;
}

function compile(project) {
  const child = spawn(process.execPath, [compiler, '-p', project, '--noCheck'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  return new Promise((resolve, reject) => child.on('error', reject).on('exit', (code) => resolve(code ?? 1)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await build();
