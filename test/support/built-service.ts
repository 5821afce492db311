/** The built service for tests that run it as a process. `npm test` has built it already; a run of Jest alone has not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script =
  "const { build, needsBuild } = await import('./scripts/build.mjs'); if (needsBuild()) process.exitCode = await build();";

let building: Promise<void> | undefined;

/** Builds dist/ if a source is newer, once for all tests of a Jest file. */
export function buildService(): Promise<void> {
  return (building ??= build());
}

async function build(): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`The build failed: ${said}`);
}
