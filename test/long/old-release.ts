/** An earlier state of this repository, built from its own history. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whether the clone has the commit: a shallow clone has not. */
export function hasCommit(commit: string): boolean {
  return spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root }).status === 0;
}

/**
 * Builds a commit with the packages of this clone.
 * @returns the folder with its `dist/`, and a function that removes the folder.
 */
export function buildCommit(commit: string): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), `hss-bff-${commit}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  run(`git archive ${commit} | tar -x -C "${folder}"`, root);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  compile(join(folder, 'src'), join(folder, 'dist'));
  return { folder, remove };
}

/** Translates each file by itself, as for all tests: the types were checked when the commit was made. */
function compile(from: string, to: string): void {
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const { code } = transformFileSync(join(from, name), { configFile: join(root, '.swcrc') });
    const file = join(to, name.replace(/ts$/, 'js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
  }
}

function run(command: string, cwd: string): void {
  const { status, stderr } = spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}
