// Load from a process of its own on the other core: wrk where it is installed, otherwise autocannon.
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const has = (command) => spawnSync('which', [command]).status === 0;
const pins = has('taskset');
export const generator = has('wrk') ? 'wrk' : 'autocannon';

/** The command that runs on one core only: core 0 for the measured process, core 1 for all others. */
export function onCore(core, command, args) {
  return pins ? ['taskset', ['-c', String(core), command, ...args]] : [command, args];
}

/** Requests the paths in turn. @returns requests per second, p50 and p99 in ms, and the number of failed answers. */
export async function load({ url, paths, headers, connections, seconds }) {
  const given = JSON.stringify({ url, paths, headers, connections, seconds });
  const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const [command, args] =
    generator === 'wrk'
      ? onCore(1, 'wrk', [
          '-t1',
          `-c${connections}`,
          `-d${seconds}s`,
          '-s',
          peer('wrk-report.lua'),
          ...lines,
          ...[url + paths[0], '--', ...(paths.length > 1 ? paths : [])],
        ])
      : onCore(1, process.execPath, [peer('autocannon-load.mjs'), given]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const report = /REPORT (\{.*\})/.exec(said)?.[1];
  if (code !== 0 || !report) throw new Error(`${generator} ended with ${code}: ${said}`);
  return JSON.parse(report);
}

const peer = (name) => fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
