import { describe, expect, it } from '@jest/globals';
import { catalogQueries } from '../../../long/catalog-queries.js';
import { shortScale } from '../../../long/checks.js';

/** The short form of `npm run check:long catalog-queries`. */
describe('random questions to the catalog', () => {
  it('gets the same answers from the index and from an array', async () => {
    for (const { isMet } of await catalogQueries(shortScale)) expect(isMet).toBe(true);
  });
});
