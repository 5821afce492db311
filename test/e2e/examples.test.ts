// The examples of the document are real answers. `UPDATE_EXAMPLES=1` writes them anew.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { fillCatalog } from '../support/catalog.js';
import { asFile, examplesOf, type Example } from '../support/example-requests.js';
import { OpenApi } from '../support/openapi.js';
import { startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';

const folder = new URL('../../docs/examples/', import.meta.url);
/** Answers that count what the service has done: the numbers change with every change of the cache. */
const counters = new Set(['getBudget.json', 'getCacheState.json', 'purgeCache.json']);
const isUpdate = process.env['UPDATE_EXAMPLES'] === '1';

describe('the examples of the document', () => {
  let emulator: Emulator;
  let service: TestService;
  let examples: Example[];

  beforeAll(async () => {
    const clock = TestClock.at('2026-11-21T10:00:00Z');
    emulator = await startEmulator({ rate: 'off', clock, registryImages: 60, localImages: 40 });
    service = await startService({ emulator, clock });
    examples = examplesOf(await OpenApi.of(service));
    await fillCatalog(service, emulator, clock.now());
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  it('are real answers', async () => {
    mkdirSync(folder, { recursive: true });
    for (const { file, ask, hssFails } of examples) {
      if (hssFails) emulator.faults.schedule({ kind: 'status', status: 500 });
      const answer = await ask(service);
      emulator.faults.clear();
      const status = Number(/^problem-(\d+)/.exec(file)?.[1] ?? 200);
      expect([file, answer.status]).toEqual([file, status]);
      const path = new URL(file, folder);
      if (isUpdate) writeFileSync(path, asFile(answer));
      const compared = (text: string) => (counters.has(file) ? text.replace(/\d+/g, '0') : text);
      const kept = existsSync(path) ? readFileSync(path, 'utf8') : '';
      expect([file, compared(kept)]).toEqual([file, compared(asFile(answer))]);
    }
  });

  it('are all in use', () => {
    expect(readdirSync(folder).sort()).toEqual(examples.map(({ file }) => file).sort());
  });
});
