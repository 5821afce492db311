/** A service with a consumers file that a test writes, as an operator or Kubernetes does. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');

/** One entry of the file, as JSON, which is YAML too. `key` stands for its hash. */
export function entry(id: string, fields: Record<string, unknown> & { key?: string }): object {
  const { key, ...others } = fields;
  return { id, ...(key === undefined ? {} : { keys: [{ sha256: sha256(key) }] }), ...others };
}

export const fileOf = (...entries: object[]) => JSON.stringify({ consumers: entries }, null, 2);

/** A folder as Kubernetes mounts it: the file is a link into `..data`, which is swapped as a whole. */
export class MountedFile {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hss-bff-consumers-'));
  readonly path = join(this.#folder, 'consumers.yaml');
  #version = 0;

  constructor(text: string) {
    this.write(text);
    symlinkSync(join('..data', 'consumers.yaml'), this.path);
  }

  /** Swaps the link to a new folder with this content. */
  write(text: string): void {
    const name = `..version-${(this.#version += 1)}`;
    mkdirSync(join(this.#folder, name));
    writeFileSync(join(this.#folder, name, 'consumers.yaml'), text);
    symlinkSync(name, join(this.#folder, '..data_tmp'));
    renameSync(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'));
  }

  /** Takes the content away, and leaves a link to nothing. */
  remove(): void {
    rmSync(join(this.#folder, '..data'));
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
