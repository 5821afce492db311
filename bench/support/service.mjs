// The built service as a process of its own, against an emulator.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../scripts/build.mjs';

/** @returns its base URL, its process id, and how to end it. */
export async function startService(emulator, env) {
  const child = spawn(process.execPath, [join(root, 'dist/main.js')], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      HSS_REGION: emulator.region,
      HSS_ENDPOINT: emulator.url,
      HSS_PROJECT_ID: emulator.projectId,
      HSS_ENTERPRISE_PROJECT_ID: 'all_granted_eps',
      HSS_AUTH: 'aksk',
      CLOUD_SDK_AK: emulator.credentials.ak,
      CLOUD_SDK_SK: emulator.credentials.sk,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      if (said === null) return;
      said += chunk;
      const match = /"url":"([^"]+)","mode":"hss"/.exec(said);
      if (!match) return;
      said = null;
      resolve(match[1]);
    });
    child.once('exit', () => reject(new Error(`The service does not start: ${said}`)));
  });
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
