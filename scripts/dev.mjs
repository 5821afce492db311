// `npm run dev [NODE OPTIONS]`: builds dist/, runs dist/main.js with source maps, and does both again after every
// save in src/ or emulator/. A build that fails prints its errors and leaves the running service alone. Ctrl-C ends
// the compiler and the service. Arguments go to Node: `npm run dev -- --inspect` opens a debugger port.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { projects, root, stamp } from './build.mjs';

const entry = join(root, 'dist/main.js');
const nodeOptions = ['--enable-source-maps', ...process.argv.slice(2)];
/** TypeScript's status messages: "Starting compilation", "File change detected", "Found 1 error", "Found N errors". */
const isBuilding = { 6031: true, 6032: true, 6193: false, 6194: false };

/** Projects that have errors, or whose compilation is under way. */
const notBuilt = new Set(projects);
/** The service; undefined while none runs. */
let service;
let isRestarting = false;
let isEnding = false;

function say(text) {
  console.error(`dev: ${text}`);
}

function watch(project) {
  const format = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  };
  const onError = (diagnostic) => process.stderr.write(ts.formatDiagnostic(diagnostic, format));
  const onStatus = ({ code }, _newLine, _options, errorCount) => {
    if (isBuilding[code]) notBuilt.add(project);
    if (isBuilding[code] !== false) return;
    if (errorCount > 0)
      return say(`${project} has errors (${errorCount}). The service stays as it is until they are gone.`);
    notBuilt.delete(project);
    if (notBuilt.size === 0) void restart();
  };
  const host = ts.createWatchCompilerHost(
    join(root, project),
    { noEmitOnError: true },
    ts.sys,
    ts.createEmitAndSemanticDiagnosticsBuilderProgram,
    onError,
    onStatus,
  );
  return ts.createWatchProgram(host);
}

/** Waits for the old service to end, since both listen on the same port. */
async function restart() {
  if (isRestarting || isEnding) return;
  isRestarting = true;
  if (service) {
    say('Built. Restarting …');
    service.kill('SIGTERM');
    await service.ended;
  }
  isRestarting = false;
  if (!isEnding) start();
}

function start() {
  const child = spawn(process.execPath, [...nodeOptions, entry], { cwd: root, stdio: 'inherit' });
  service = child;
  child.ended = new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      service = undefined;
      if (!isRestarting && !isEnding)
        say(`The service ended (${signal ?? code}). It starts again after a save.`);
      resolve();
    });
  });
}

// A build of this script is none that `npm start` may take for complete.
rmSync(stamp, { force: true });
say('Building dist/ …');
const programs = projects.map(watch);

/** Ctrl-C reaches the service as well, which then finishes its requests. A second one ends it at once. */
async function end() {
  if (isEnding) return service?.kill('SIGKILL');
  isEnding = true;
  for (const program of programs) program.close();
  service?.kill('SIGTERM');
  await service?.ended;
  process.exit(0);
}
process.on('SIGINT', end);
process.on('SIGTERM', end);
