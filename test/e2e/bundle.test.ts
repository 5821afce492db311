/** The bundle (scripts/bundle.mjs) behaves as the modules that it is made of. */
import { describe, expect } from '@jest/globals';
import { itRuns, main, said } from '../support/processes.js';

describe('the bundle', () => {
  itRuns('checks parameters that one query takes over from another', async (run) => {
    const demo = run([main], { PORT: '0' });
    const url = await said(demo, /^ {2}Base URL {2}(\S+)$/m);
    const key = await said(demo, /^ {2}Demo key {2}(\S+)$/m);
    const answerTo = async (path: string) => {
      const answer = await fetch(url + path, { headers: { 'X-API-Key': key } });
      const { status } = answer;
      const { errors = [] } = (await answer.json()) as { errors?: { field: string }[] };
      return [status, ...errors.map(({ field }) => field)];
    };
    // The queries of Nest's mapped types: `OmitType` and `IntersectionType`.
    expect(await answerTo('/v1/hosts/none/images?limit=none')).toEqual([400, 'limit']);
    expect(await answerTo('/v1/hosts/none/images?hostId=none')).toEqual([400, 'hostId']);
    expect(await answerTo('/v1/images/lookup?ref=a/b:1&include=none')).toEqual([400, 'include']);
    expect(await answerTo('/v1/images/none/files?limit=none&type=none')).toEqual([400, 'limit', 'type']);
  });
});
