// `npm test` on a fresh machine: the tests start real Redis processes and a real browser, and no npm package has them.
// So this script finds or installs both, passes their paths as REDIS_SERVER_BIN and CHROMIUM_BIN, and runs Jest. Without
// arguments all files run in groups (test-groups.mjs); names of folders of test/ choose among the groups; all other
// arguments go to Jest. The last line on stdout is `N passed, N failed`, which CI reads.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, needsBuild } from './build.mjs';
import { chromium, findProgram, nginx, redis } from './find-program.mjs';
import { rooms, writeGroups } from './test-groups.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const jest = join(root, 'node_modules/jest/bin/jest.js');

function refuse(message) {
  console.error(message);
  process.exit(1);
}

function find(program) {
  try {
    return findProgram(program);
  } catch (error) {
    return refuse(error.message);
  }
}

/** A program that one test needs, which is skipped without it. */
function findOptional(program) {
  try {
    return findProgram(program);
  } catch (error) {
    console.error(error.message);
    return '';
  }
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
const env = {
  ...process.env,
  REDIS_SERVER_BIN: find(redis),
  CHROMIUM_BIN: find(chromium),
  NGINX_BIN: findOptional(nginx),
};
// Some tests run the service as a process. The build is ready before them, so that they never build side by side.
if (needsBuild() && (await build()) !== 0) refuse('The build failed.');
const folder = mkdtempSync(join(tmpdir(), 'hss-bff-test-'));
const results = join(folder, 'results.json');
const given = process.argv.slice(2);
const chosen = given.length > 0 ? given : rooms;
/** Jest takes only files below a root, and the group files are in a temporary folder. */
const wanted = chosen.every((room) => rooms.includes(room))
  ? ['--roots', folder, '--runTestsByPath', ...writeGroups(root, folder, chosen)]
  : given;
const child = spawn(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    // Workers inherit this. Most garbage of the tests is young: with more room for it they take a tenth less CPU.
    '--max-semi-space-size=64',
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
