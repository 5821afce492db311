// `npm run check:long [NAME]`: the checks that need real minutes (test/long). Each prints a table of measured values and
// targets. Exit 1 on a missed target. `npm test` runs a short form of each check.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name, ...rest] = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'scripts/test.mjs'),
    '--testMatch',
    '**/test/long/*.long.ts',
    ...(name === undefined ? [] : ['--testNamePattern', `\\b${name}$`]),
    ...rest,
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
