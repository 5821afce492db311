/** An earlier state of this repository, built from its own history. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  run('node scripts/build.mjs', folder);
  if (existsSync(join(folder, 'dist/main.js'))) return { folder, remove };
  remove();
  throw new Error(`${commit} has no dist/main.js after its build`);
}

function run(command: string, cwd: string): void {
  const { status, stderr } = spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}
