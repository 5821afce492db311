// `npm run bench [NAME] [--json]`: runs bench/NAME.mjs, or all benchmarks, on an up-to-date build.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, needsBuild, root } from './build.mjs';

const folder = join(root, 'bench');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -'.mjs'.length));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are: ${names.join(', ')}`);
  process.exit(1);
}
if (needsBuild()) {
  const code = await build();
  if (code !== 0) process.exit(code);
}
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
for (const name of wanted.length > 0 ? wanted : names) {
  if (!options.includes('--json')) console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, ['--expose-gc', join(folder, `${name}.mjs`), ...options], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
