import { closeSync, fsyncSync, openSync, realpathSync, renameSync, statSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';

/**
 * Replaces the content of a file in one step: a reader sees the old content or the new one, and a crash leaves one of
 * both. A link stays a link.
 */
export function save(path: string, text: string): void {
  const known = ifThere(() => realpathSync(path));
  const target = known ?? path;
  const mode = known === undefined ? 0o600 : statSync(target).mode & 0o777;
  const draft = `${target}.${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, target);
}

/** @returns undefined when the file is missing. @throws other errors. */
export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
