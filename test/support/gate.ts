/** Runs the gate of a CI pipeline (scripts/ci-gate.sh) in front of a service or of a stand-in. */
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
