// The program dist/consumer.js as a process: the files that its variables name. Unit tests have its commands.
import { describe, expect } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itRuns, type Run } from '../support/processes.js';

const program = 'dist/consumer.js';

describe('the program for consumers', () => {
  async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'hss-bff-program-'));
    await test(folder).finally(() => rmSync(folder, { recursive: true }));
  }
  async function ended(run: Run, args: string[], env: Record<string, string>) {
    const running = run([program, ...args], env);
    return { code: await running.ended, text: running.stdout() + running.stderr() };
  }

  itRuns('names a file that is missing, and makes it for a new consumer only', (run) =>
    inFolder(async (folder) => {
      const path = join(folder, 'consumers.yaml');
      const env = { CONSUMERS_FILE: path, FACE_MASTER_KEY: 'm'.repeat(32) };
      for (const args of [['check'], ['list'], ['reseal'], ['rotate', 'a'], ['revoke', 'add']]) {
        const { code, text } = await ended(run, args, env);
        expect([args, code, text]).toEqual([args, 1, 'CONSUMERS_FILE names no file\n']);
      }
      expect(existsSync(path)).toBe(false);
      expect((await ended(run, ['--scope', 'read', 'add', 'a'], env)).code).toBe(0);
      expect(await ended(run, ['check'], env)).toEqual({ code: 0, text: 'The file is good.\n' });
    }),
  );

  itRuns('reads the master key from its file when the variable is empty', (run) =>
    inFolder(async (folder) => {
      const file = join(folder, 'master-key');
      writeFileSync(file, `${'m'.repeat(32)}\n`);
      const keys = { FACE_MASTER_KEY: '', FACE_MASTER_KEY_FILE: file };
      const env = { CONSUMERS_FILE: join(folder, 'consumers.yaml'), ...keys };
      expect((await ended(run, ['add', 'a', '--scope', 'hss', '--sdk'], env)).text).toContain('  SK ');
    }),
  );
});
