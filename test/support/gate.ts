/** Runs the gate of a CI pipeline (scripts/ci-gate.sh) in front of a service or of a stand-in. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readKey } from './service.js';
import { runShell, type Ran } from './shell.js';

const script = fileURLToPath(new URL('../../scripts/ci-gate.sh', import.meta.url));

/** Asks once, unless `env` says otherwise. */
export function gate(
  service: { url: string },
  ref: string,
  severity?: string,
  env: Record<string, string> = {},
): Promise<Ran> {
  return runShell('sh', [script, ref, ...(severity === undefined ? [] : [severity])], {
    HSS_BFF: service.url,
    HSS_BFF_KEY: readKey,
    HSS_BFF_WAIT: '0',
    ...env,
  });
}

/** `date` and `sleep` of a machine whose time passes only while the script sleeps. */
const programs = {
  date: 'echo $((1700000000 + $(paste -sd+ "$SLEEPS" | sed "s/^$/0/")))',
  sleep: 'echo "$1" >>"$SLEEPS"',
};

/** The same on such a machine. @returns also the seconds of each sleep. */
export async function gateInItsTime(
  service: { url: string },
  ref: string,
  env: Record<string, string>,
): Promise<Ran & { sleeps: number[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'hss-bff-gate-'));
  try {
    const sleeps = join(folder, 'sleeps');
    await writeFile(sleeps, '');
    for (const [name, line] of Object.entries(programs))
      await writeFile(join(folder, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    const path = [folder, process.env['PATH'] ?? ''].join(delimiter);
    const ran = await gate(service, ref, 'high', { ...env, SLEEPS: sleeps, PATH: path });
    const slept = (await readFile(sleeps, 'utf8')).split('\n').filter((line) => line !== '');
    return { ...ran, sleeps: slept.map(Number) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
