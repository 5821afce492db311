import { describe, expect, it } from '@jest/globals';
import { acceptsJson, codingOf, preferredType } from '../../../src/http/negotiation.js';

describe('Accept-Encoding', () => {
  it.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'gzip'],
    ['*', 'gzip'],
    ['gzip;q=0.5', 'gzip'],
    ['gzip;q=0.5, identity', 'identity'],
    ['gzip;q=0', 'identity'],
    ['gzip; q=0.0, *', 'identity'],
    ['gzip;q=0, br', 'identity'],
    ['br, deflate', 'identity'],
    ['identity', 'identity'],
    ['*;q=0, gzip', 'always-gzip'],
    ['identity;q=0, gzip;q=0.1', 'always-gzip'],
    ['identity;q=0, *', 'always-gzip'],
    ['*;q=0', 'none'],
    ['identity;q=0', 'none'],
    ['gzip;q=0, identity;q=0', 'none'],
    ['nonsense', 'identity'],
    [';;,=,q=', 'identity'],
  ])('%s means %s', (header, coding) => {
    expect(codingOf(header)).toBe(coding);
    expect(codingOf(header)).toBe(coding);
  });
});

describe('Accept', () => {
  it.each([
    [undefined, true],
    ['', true],
    ['*/*', true],
    ['application/json', true],
    ['Application/JSON', true],
    ['application/*', true],
    ['application/json; charset=UTF-8', true],
    ['application/json, text/plain, */*', true],
    ['text/html, application/xhtml+xml, */*;q=0.8', true],
    ['text/html, *; q=.2, */*; q=.2', true],
    ['text/html', false],
    ['application/xml, text/*', false],
    ['application/json;q=0', false],
    ['*/*;q=0', false],
    ['application/json;q=0, */*', false],
  ])('%s takes JSON: %s', (header, expected) => expect(acceptsJson(header)).toBe(expected));

  it.each([
    [undefined, 'application/x-ndjson'],
    ['*/*', 'application/x-ndjson'],
    ['text/csv', 'text/csv'],
    ['text/*', 'text/csv'],
    ['text/csv;q=0.5, application/x-ndjson', 'application/x-ndjson'],
    ['text/csv, */*;q=0.1', 'text/csv'],
    ['application/json', undefined],
  ])('%s chooses %s', (header, expected) =>
    expect(preferredType(header, ['application/x-ndjson', 'text/csv'])).toBe(expected),
  );
});
