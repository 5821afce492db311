import { describe, expect, it } from '@jest/globals';
import { fuzzQueries } from '../../../support/catalog/query-fuzzer.js';

describe('the catalog, asked anything', () => {
  it('answers as a walk over all images would', async () => {
    expect(await fuzzQueries(200)).toBeGreaterThanOrEqual(200);
  });
});
