// `npm run bench [NAME …] [--json]`: runs bench/NAME.mjs, or all benchmarks, on an up-to-date build. `npm run bench all`
// writes what all of them print into bench/RESULTS.md as well, and `npm run bench all NAME …` what these print.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { build, needsBuild, root } from './build.mjs';

const folder = join(root, 'bench');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -'.mjs'.length));
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isKept = wanted.includes('all');
const given = wanted.filter((name) => name !== 'all');
const chosen = given.length > 0 ? given : names;
const unknown = given.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are: all, ${names.join(', ')}`);
  process.exit(1);
}
if (needsBuild()) {
  const code = await build();
  if (code !== 0) process.exit(code);
}
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
if (isKept) process.exit(await writeResults());
for (const name of chosen) {
  if (!options.includes('--json')) console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, argumentsFor(name), { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function argumentsFor(name) {
  return ['--expose-gc', join(folder, `${name}.mjs`), ...options];
}

/** Runs the benchmarks, also after one that fails. @returns the exit code. */
async function writeResults() {
  const failed = [];
  const sections = [];
  for (const name of chosen) {
    console.log(`\n${name}`);
    const { status, said } = await runAndKeep(name);
    if (status !== 0) failed.push(name);
    const ending = status === 0 ? '' : `\nEnded with ${status}.\n`;
    sections.push(`## ${name}\n${ending}\n\`\`\`text\n${stripVTControlCharacters(said).trim()}\n\`\`\`\n`);
    // After each benchmark: a run takes an hour, and may be ended early.
    writeFileSync(join(folder, 'RESULTS.md'), [resultsHead(), ...sections].join('\n'));
  }
  if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}

/** Shows what the benchmark prints, and returns it too. */
async function runAndKeep(name) {
  const child = spawn(process.execPath, argumentsFor(name), { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
    process.stdout.write(text);
  });
  const [status] = await once(child, 'close');
  return { status, said };
}

function resultsHead() {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' });
  const commit = stdout?.trim() || 'unknown';
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `# Results of the benchmarks

Written by \`npm run bench ${process.argv.slice(2).join(' ')}\`. Each target that is met or missed stands in its table.

- Date: ${new Date().toISOString().slice(0, 10)}, commit ${commit}
- Machine: ${cpus().length} cores (${model.trim()}), ${memory} GiB of memory, ${type()} ${release()}
- Node.js ${process.version}, DuckDB ${versionOf('@duckdb/node-api')}, Fastify ${versionOf('fastify')}, ioredis ${versionOf('ioredis')}
`;
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}
