import { describe, expect, it } from '@jest/globals';
import { catalogQueries } from '../../../long/catalog-queries.js';
import { shortScale } from '../../../long/checks.js';

/** The short form of `npm run check:long catalog-queries`. */
describe('the catalog, asked anything', () => {
  it('answers as a walk over all images would', async () => {
    for (const { isMet } of await catalogQueries(shortScale)) expect(isMet).toBe(true);
  });
});
