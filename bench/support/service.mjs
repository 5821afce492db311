// The built service as a process of its own, against an emulator.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../scripts/build.mjs';
import { freePort } from './redis.mjs';

/**
 * @param wrap changes the command, for example to run the service on one core.
 * @returns base URL, process id, and a function that ends the service.
 */
export async function startService(emulator, env, wrap = (...command) => command) {
  const port = await freePort();
  const [command, args] = wrap(process.execPath, [join(root, 'dist/main.js')]);
  const child = spawn(command, args, {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      HSS_REGION: emulator.region,
      CATALOG: 'off',
      HSS_ENDPOINT: emulator.url,
      HSS_PROJECT_ID: emulator.projectId,
      HSS_ENTERPRISE_PROJECT_ID: 'all_granted_eps',
      HSS_AUTH: 'aksk',
      CLOUD_SDK_AK: emulator.credentials.ak,
      CLOUD_SDK_SK: emulator.credentials.sk,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // Ends the service also when the benchmark fails half-way. One benchmark has dozens of services.
  process.setMaxListeners(0);
  process.once('exit', () => child.kill('SIGKILL'));
  // The URL comes from the chosen port, not from the log, which may be off.
  const url = `http://127.0.0.1:${port}`;
  const isUp = () =>
    fetch(`${url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let turn = 0; !(await isUp()); turn += 1) {
    if (child.exitCode !== null || turn === 1_200) throw new Error('The service does not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    pid: child.pid,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
