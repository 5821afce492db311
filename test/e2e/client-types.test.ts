// The generated files of the typed client are those of the document.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { useEmulatedService } from '../support/use-emulated-service.js';

const client = fileURLToPath(new URL('../../clients/typescript', import.meta.url));

describe('the generated files of the typed client', () => {
  const story = useEmulatedService();
  const folder = mkdtempSync(join(tmpdir(), 'hss-bff-types-'));

  beforeAll(async () => {
    const source = join(folder, 'openapi.json');
    writeFileSync(source, (await story.service.request('/openapi.json')).text);
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(client, 'scripts/generate.mjs'), source, folder],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['schema.ts', 'operations.ts'])('%s is made of the document: `npm run client:types`', (file) => {
    expect(readFileSync(join(client, 'src', file), 'utf8')).toBe(readFileSync(join(folder, file), 'utf8'));
  });
});
