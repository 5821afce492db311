// `npm run check:long [NAME]`: the checks that need real minutes (test/long). Each prints a table of measured values and
// targets. Exit 1 on a missed target. `npm test` runs a short form of each check. `image` builds and runs the
// containers (scripts/image.sh), on request only.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, prometheus } from './find-program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name, ...rest] = process.argv.slice(2);
const inJest = [join(root, 'scripts/test.mjs'), '--testMatch', '**/test/long/*.long.ts', ...rest];
// Other draws of fast-check in each run: a failure tells the seed.
const env = { FAST_CHECK_SEED: String(Date.now() % 2 ** 31), ...process.env };
if (name !== undefined) env.LONG_CHECK = name;
// Only one check reads the metrics with a Prometheus.
if (name === undefined || name === 'prometheus') env.PROMETHEUS_BIN = findProgram(prometheus);
const { status } =
  name === 'image'
    ? spawnSync('bash', [join(root, 'scripts/image.sh')], { cwd: root, stdio: 'inherit' })
    : spawnSync(process.execPath, inJest, { cwd: root, env, stdio: 'inherit' });
process.exitCode = status ?? 1;
