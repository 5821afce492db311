// Builds dist/ in a folder beside it, which then takes its place: `npm start` must never run half a build, and two builds
// may run at once. `npm start` must build on a fresh machine, but not at every start. So each build has a stamp with the
// time at which the compiler started: a file that was saved meanwhile counts as newer.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** The folder in dist/ of each project. Each is compiled by itself: the emulator must share no code with the service. */
const folders = { 'tsconfig.build.json': '', 'emulator/tsconfig.json': 'emulator' };
export const projects = Object.keys(folders);
const sources = ['src', 'emulator'];
const dist = join(root, 'dist');
export const stamp = join(dist, '.built');
/** Before the names of the folders that builds under way write into. */
const madePrefix = '.dist-';
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
  removeLeftovers();
  // As deep as dist/, since source maps name files of src/ by relative paths.
  const made = join(root, `${madePrefix}${randomUUID()}`);
  try {
    const codes = await Promise.all(projects.map((project) => compile(project, made)));
    const code = codes.find((each) => each !== 0) ?? 0;
    if (code !== 0) return code;
    // Loaded here, since most starts build nothing.
    const { bundle } = await import('./bundle.mjs');
    await bundle(root, made);
    const newStamp = join(made, basename(stamp));
    writeFileSync(newStamp, '');
    utimesSync(newStamp, startedAt, startedAt);
    replaceDist(made);
    return 0;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** A build that was killed leaves its folder. No build takes an hour. */
function removeLeftovers() {
  for (const name of readdirSync(root).filter((each) => each.startsWith(madePrefix))) {
    const madeAt = statSync(join(root, name), { throwIfNoEntry: false })?.mtimeMs;
    if (madeAt < Date.now() - 3_600_000) rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** Another build can put its own dist/ there between the two renames. */
function replaceDist(made) {
  const former = `${made}-former`;
  while (existsSync(made)) {
    try {
      if (existsSync(dist)) renameSync(dist, former);
      renameSync(made, dist);
    } catch (error) {
      // In a container a folder of the image can be removed, but not renamed.
      if (error.code === 'EXDEV') rmSync(dist, { recursive: true, force: true });
      else if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    }
    rmSync(former, { recursive: true, force: true });
  }
}

function compile(project, made) {
  const outDir = join(made, folders[project]);
  const child = spawn(process.execPath, [compiler, '-p', project, '--outDir', outDir, '--noCheck'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  return new Promise((resolve, reject) => child.on('error', reject).on('exit', (code) => resolve(code ?? 1)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await build();
