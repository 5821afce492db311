import { existsSync, readFileSync } from 'node:fs';
import { docsFolder } from './docs-folder.js';

/**
 * A real answer of the service in front of the emulator. test/e2e/examples.test.ts writes the files in docs/examples and
 * compares them with the answers.
 * @returns the field `example` of a media type; empty for an answer without an example.
 */
export function exampleOf(name: string, form: 'json' | 'ndjson' | 'csv'): { example?: unknown } {
  const file = new URL(`examples/${name}.${form}`, docsFolder);
  if (!existsSync(file)) return {};
  const text = readFileSync(file, 'utf8');
  return { example: form === 'json' ? JSON.parse(text) : text };
}
