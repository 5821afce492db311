/** The bundle (scripts/bundle.mjs) behaves as the modules that it is made of. */
import { describe, expect } from '@jest/globals';
import { startEmulator } from '../../emulator/emulator.js';
import { itRuns, main, said } from '../support/processes.js';
import { rawRequest } from '../support/raw-http.js';
import { readKey, startService } from '../support/service.js';

/** A bundler can take a call for needless whose only use is that the call throws. */
const malformed = [
  '/v1/images?name=%zz',
  '/v1/registry-images?name=%ff',
  '/v1/registry-images?name=%ED%A0%80',
  '/v1/images/lookup?ref=%C3',
  '/v1/images/%ff/files',
  '/v1/hosts/%zz/images',
  '/v1/images?cursor=%22',
  '/v1/images?name=%00',
  '/v1/registry-images?scannedAfter=2024-02-30T00:00:00Z',
  '/v1/registry-images?updatedAfter=99999999999999999999',
  '/v1/registry-images?sizeBytes=1e3',
  '/v1/registry-images?enterpriseProjectId=*',
  '/v1/images?sort=none',
  '/v1/images?fields=none',
  '/v1/images?=1',
  // The queries of Nest's mapped types: `OmitType` and `IntersectionType`.
  '/v1/hosts/none/images?limit=none',
  '/v1/hosts/none/images?hostId=none',
  '/v1/images/lookup?ref=a/b:1&include=none',
  '/v1/images/none/files?limit=none&type=none',
  '/v1/images/lookup?ref=' + 'a'.repeat(9_000),
];
const bodies = ['{', '[]', '{"refs":[]}', '{"refs":["a"],"__proto__":{}}', '['.repeat(3_000), '"\\ud800"'];

describe('the bundle', () => {
  itRuns('refuses what the modules refuse, in the same words', async (run) => {
    const demo = run([main], { PORT: '0' });
    const emulator = await startEmulator();
    const service = await startService({ emulator });
    try {
      const bundled = {
        url: await said(demo, /^ {2}Base URL {2}(\S+)$/m),
        key: await said(demo, /^ {2}Demo key {2}(\S+)$/m),
      };
      const modules = { url: service.url, key: readKey };
      for (const path of malformed) {
        const refused = await refusal(bundled, path);
        expect(refused).toMatchObject({ path, status: path.length > 8_192 ? 414 : 400 });
        expect(refused).toEqual(await refusal(modules, path));
      }
      for (const body of bodies) {
        const refused = await refusal(bundled, '/v1/images/batch-get', body);
        expect(refused).toMatchObject({ status: 400 });
        expect(refused).toEqual(await refusal(modules, '/v1/images/batch-get', body));
      }
      expect(emulator.journal.calls()).toEqual([]);
    } finally {
      await service.close();
      await emulator.close();
    }
  });
});

/** The problem as the service sends it, without the id of the request. */
async function refusal({ url, key }: { url: string; key: string }, path: string, body?: string) {
  const headers = { 'X-API-Key': key };
  const init =
    body === undefined
      ? { headers }
      : { method: 'POST', body, headers: { ...headers, 'Content-Type': 'application/json' } };
  const answer = await rawRequest(url, path, init);
  const problem = answer.body as Record<string, unknown>;
  return { ...problem, requestId: undefined, path, status: answer.status };
}
