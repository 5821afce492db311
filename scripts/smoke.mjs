// The built service as a newcomer meets it, for .ci/run: `npm start` without settings prints a key and curl lines that
// work, answers with data, refuses a request without the key, and ends cleanly. The production image without settings
// lists the missing settings and does not start, even though it has no emulator. The tests cannot check this, since they
// do not go through npm. Prints one line per check; exit 1 on the first check that fails.
//
// This script reads the demo's greeting, so the greeting must keep these lines:
//   "  Base URL  http://127.0.0.1:3000", "  Demo key  …", "  Docs      http://…", "  curl …"
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const root = fileURLToPath(new URL('..', import.meta.url));
/** For what hangs: how long a start and an end take is up to the machine. */
const readyWithinMs = 120_000;
const endWithinMs = 60_000;

// No variable of this machine's environment may configure the service.
const environment = Object.fromEntries(
  ['PATH', 'HOME', 'TMPDIR', 'LANG'].flatMap((name) =>
    process.env[name] ? [[name, process.env[name]]] : [],
  ),
);

class Failed extends Error {}

function check(what, holds, otherwise = '') {
  if (!holds) throw new Failed(`${what}${otherwise === '' ? '' : `\n${otherwise}`}`);
  console.log(`smoke: ${what}`);
}

/** Runs a command in a process group of its own, so that no child process outlives this script. */
function run(command, args, { cwd = root, env = {} } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...environment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const running = { child, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (running.stdout += chunk));
  child.stderr.on('data', (chunk) => (running.stderr += chunk));
  running.ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  running.said = () => `${running.stdout}${running.stderr}`.trim();
  running.kill = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // All processes of the group are gone already.
    }
  };
  return running;
}

const get = (url, headers = {}) => fetch(url, { headers, signal: AbortSignal.timeout(endWithinMs) });

/** The value in a line of the greeting such as "  Demo key  abc". */
const lineIn = (text, label) => text.match(new RegExp(`^ {2}${label} {2,}(\\S+)$`, 'm'))?.[1];

async function untilReady(service) {
  const deadline = performance.now() + readyWithinMs;
  let ended = false;
  void service.ended.then(() => (ended = true));
  while (performance.now() < deadline && !ended) {
    const base = lineIn(service.stdout, 'Base URL');
    const answer = base && (await get(`${base}/health/ready`).catch(() => undefined));
    if (answer?.status === 200) return true;
    await sleep(100);
  }
  return false;
}

function line(text, label) {
  const found = lineIn(text, label);
  check(`the demo prints its ${label}`, found !== undefined, text);
  return found;
}

async function demo() {
  // The system chooses the port: one chosen here could be taken before the service listens.
  const service = run('npm', ['start'], { env: { PORT: '0' } });
  try {
    check('npm start gets ready at its base URL', await untilReady(service), service.said());

    const { stdout } = service;
    const base = line(stdout, 'Base URL');
    const key = line(stdout, 'Demo key');
    check('the docs answer without a key', (await get(line(stdout, 'Docs'))).status === 200);
    check('/openapi.json answers without a key', (await get(`${base}/openapi.json`)).status === 200);

    const lines = Array.from(stdout.matchAll(/^ {2}(curl .+)$/gm), ([, command]) => command);
    check('the demo prints curl lines', lines.length > 0, stdout);
    const merged = [];
    for (const command of lines) {
      const curl = run('bash', ['-c', command]);
      const code = await curl.ended;
      check(
        `this works when pasted: ${command.replaceAll(key, 'KEY')}`,
        code === 0 && curl.stdout !== '',
        curl.said(),
      );
      if (curl.stdout.includes('"parts"')) merged.push({ command, body: curl.stdout });
    }
    check('one of them fetches a merged answer', merged.length > 0, lines.join('\n'));
    check(
      'a merged answer names Debian',
      merged.some(({ body }) => body.includes('"Debian"')),
      merged[0].body,
    );

    const url = merged[0].command.match(/https?:\/\/[^\s'"]+/)[0];
    const answer = await get(url, { 'X-API-Key': key });
    await answer.text();
    check('the same by X-API-Key', answer.status === 200, String(answer.status));
    check('it is marked X-Demo-Data: true', answer.headers.get('x-demo-data') === 'true');
    const refused = await get(url);
    const problem = await refused.json();
    check(
      '401 without the key',
      refused.status === 401 && problem.code === 'unauthenticated',
      JSON.stringify(problem),
    );

    const startedAt = performance.now();
    service.child.kill('SIGTERM');
    const code = await Promise.race([service.ended, sleep(endWithinMs, 'still running', { ref: false })]);
    const tookMs = Math.round(performance.now() - startedAt);
    check(`SIGTERM ends it with exit 0 (${tookMs} ms)`, code === 0, `exit ${code}\n${service.said()}`);
    check(
      'nothing listens any more',
      await get(`${base}/health/live`).then(
        () => false,
        () => true,
      ),
    );
  } finally {
    service.kill();
  }
}

/** Lays the files out as in the production image (see the Dockerfile). */
async function production() {
  const folder = mkdtempSync(join(tmpdir(), 'hss-bff-smoke-'));
  const { version, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  rmSync(join(folder, 'dist/emulator'), { recursive: true, force: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', version, imports }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const service = run(process.execPath, ['dist/main.js'], { cwd: folder, env: { NODE_ENV: 'production' } });
  try {
    const code = await Promise.race([service.ended, sleep(endWithinMs, 'still running', { ref: false })]);
    check('in production without settings it exits with 1', code === 1, `exit ${code}\n${service.said()}`);
    const missing = ['HSS_REGION', 'HSS_PROJECT_ID', 'HSS_AUTH', 'REDIS_URL'];
    const silent = missing.filter((name) => !service.said().includes(name));
    check(`and names what is missing: ${missing.join(', ')}`, silent.length === 0, service.said());
    const demo = run(process.execPath, ['dist/main.js'], { cwd: folder });
    const ended = await Promise.race([demo.ended, sleep(endWithinMs, 'still running', { ref: false })]);
    demo.kill();
    check(
      'the image says in a sentence that it has no demo',
      ended === 1 && /the demo is not part of the image/.test(demo.stderr) && !/^ +at /m.test(demo.stderr),
      `exit ${ended}\n${demo.said()}`,
    );
  } finally {
    service.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  check('dist/ is built', existsSync(join(root, 'dist/main.js')));
  await demo();
  await production();
} catch (error) {
  console.error(error instanceof Failed ? `smoke: FAILED: ${error.message}` : error);
  process.exitCode = 1;
}
