// `npm test` on a fresh machine: the tests start real Redis processes, and no npm package has a Redis that runs here. So
// this script finds or installs a Redis, passes its path as REDIS_SERVER_BIN and runs Jest. Arguments go to Jest; without
// arguments the files run in groups (test-groups.mjs). The last line on stdout is `N passed, N failed`, which CI reads.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, needsBuild } from './build.mjs';
import { writeGroups } from './test-groups.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const jest = join(root, 'node_modules/jest/bin/jest.js');

function refuse(message) {
  console.error(message);
  process.exit(1);
}

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(executable);
}

function installRedis() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      env,
      stdio: ['ignore', 2, 2],
    });
  // The package would start a service on port 6379. A policy-rc.d that exits with 101 prevents this on Debian.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    apt('update');
    return apt('install', '--no-install-recommends', 'redis-server').status === 0;
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

function findRedis() {
  const chosen = process.env.REDIS_SERVER_BIN;
  if (chosen) return executable(chosen) ? chosen : refuse(`REDIS_SERVER_BIN: ${chosen} is not a program.`);
  const found = onPath('redis-server');
  if (found) return found;
  const installable = process.getuid?.() === 0 && existsSync('/etc/debian_version') && onPath('apt-get');
  if (installable) {
    console.error('redis-server is missing: installing it with apt-get …');
    if (installRedis()) return onPath('redis-server') ?? '/usr/bin/redis-server';
  }
  return refuse(
    'The tests need a Redis: install redis-server (Debian/Ubuntu: apt-get install redis-server; macOS: brew install redis) or set REDIS_SERVER_BIN.',
  );
}

/** The last line, from Jest's own numbers. A suite that could not run has no failed test, but counts as failed. */
function summary(resultsFile, exitCode) {
  let results = {};
  try {
    results = JSON.parse(readFileSync(resultsFile, 'utf8'));
  } catch {
    // Jest ended before it wrote a result.
  }
  const passed = results.numPassedTests ?? 0;
  const counted = (results.numFailedTests ?? 0) + (results.numRuntimeErrorTestSuites ?? 0);
  const failed = Math.max(counted, exitCode === 0 ? 0 : 1);
  const skipped = (results.numPendingTests ?? 0) + (results.numTodoTests ?? 0);
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

if (!existsSync(jest)) refuse('Jest is not installed: run `npm ci` first (not with NODE_ENV=production).');
const env = { ...process.env, REDIS_SERVER_BIN: findRedis() };
// Some tests run the service as a process. The build is ready before them, so that they never build side by side.
if (needsBuild() && (await build()) !== 0) refuse('The build failed.');
const folder = mkdtempSync(join(tmpdir(), 'hss-bff-test-'));
const results = join(folder, 'results.json');
const given = process.argv.slice(2);
/** Jest takes only files below a root, and the group files are in a temporary folder. */
const wanted =
  given.length > 0 ? given : ['--roots', folder, '--runTestsByPath', ...writeGroups(root, folder)];
const child = spawn(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--json',
    '--outputFile',
    results,
  ].concat(wanted),
  { cwd: root, env, stdio: 'inherit' },
);
// Jest ends itself on both signals; this process only has to outlive Jest to print the numbers.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
const code = await new Promise((resolve, reject) =>
  child.on('error', reject).on('exit', (c) => resolve(c ?? 1)),
);
console.log(summary(results, code));
rmSync(folder, { recursive: true, force: true });
process.exitCode = code;
