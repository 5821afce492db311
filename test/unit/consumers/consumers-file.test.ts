import { describe, expect, it } from '@jest/globals';
import { BrokenConsumersFile, readConsumersFile } from '../../../src/consumers/consumers-file.js';
import { readExpiry } from '../../../src/consumers/expiry.js';
import { entry, fileOf, sha256 } from '../../support/consumers.js';

const nothing = { ids: new Set<string>(), hashes: new Set<string>() };
const read = (text: string, taken = nothing) => readConsumersFile(text, taken);
const faultsOf = (fields: Record<string, unknown>) =>
  read(fileOf({ id: 'a', scopes: ['read'], ...fields })).flatMap(({ faults }) => faults);
const key = { sha256: sha256('a key') };

const sealed = `0123abcd.${'A'.repeat(60)}`;

describe('the consumers file', () => {
  it('is read as YAML, with every field', () => {
    const text = `
consumers:
  - id: dashboard   # who
    keys: [{ sha256: ${key.sha256.toUpperCase()}, expires: 2027-01-31 }, { sha256: "${sha256('b')}" }]
    jwt: ["svc-dashboard"]
    scopes: [read, watch]
    rate: { requests: 50/1s, concurrent: 20, upstream: 30/1h }
  - id: 007
    scopes: []
`;
    expect(read(text).map(({ entry: each, faults }) => ({ entry: each, faults }))).toEqual([
      {
        entry: {
          id: 'dashboard',
          keys: [
            { sha256: key.sha256, expiresAt: Date.UTC(2027, 1, 1) },
            { sha256: sha256('b'), expiresAt: null },
          ],
          jwt: ['svc-dashboard'],
          sdk: [],
          scopes: ['read', 'watch'],
          rate: {
            requests: { limit: 50, windowMs: 1_000 },
            concurrent: 20,
            upstream: { limit: 30, windowMs: 3_600_000 },
          },
        },
        faults: [],
      },
      { entry: { id: '007', keys: [], jwt: [], sdk: [], scopes: [], rate: {} }, faults: [] },
    ]);
  });

  it('is read as JSON, indented with tabs too', () => {
    const text = JSON.stringify({ consumers: [entry('a', { key: 'k', scopes: ['read'] })] }, null, '\t');
    expect(read(text)).toMatchObject([{ id: 'a', faults: [], entry: { keys: [{ sha256: sha256('k') }] } }]);
  });

  it.each([
    ['an unknown field', { scope: ['read'] }, '"scope" is not a field'],
    ['no scopes', { scopes: undefined }, 'scopes is missing'],
    ['an unknown scope', { scopes: ['read', 'write'] }, 'scopes must be a list of'],
    ['scopes as one word', { scopes: 'read' }, 'scopes must be a list of'],
    ['a scope in capitals', { scopes: ['READ'] }, 'scopes must be a list of'],
    ['null for scopes', { scopes: null }, 'scopes must be a list of'],
    ['an id with a blank', { id: 'a b' }, 'id must be'],
    ['a list as id', { id: ['a'] }, 'id must be'],
    ['a key that is no hash', { keys: [{ sha256: 'plain-text-key' }] }, 'keys must be a list of'],
    ['a field of a key', { keys: [{ ...key, until: '2027-01-31' }] }, 'keys must be a list of'],
    ['a bad end', { keys: [{ ...key, expires: '2027-02-30' }] }, 'keys must be a list of'],
    ['a key beside its list', { keys: key }, 'keys must be a list of'],
    ['a subject with a line break', { jwt: ['a\nb'] }, 'jwt must be a list of'],
    ['a rate without a window', { rate: { requests: '50' } }, 'rate.requests must be a rate'],
    ['a rate of nothing', { rate: { upstream: '0/1h' } }, 'rate.upstream must be a rate'],
    ['a broken number', { rate: { concurrent: '1.5' } }, 'rate.concurrent must be a whole number'],
    ['an unknown rate', { rate: { burst: '5/1s' } }, 'rate."burst" is not a field'],
    ['a rate that is a text', { rate: '5/1s' }, 'rate must have fields'],
    ['namespaces beside the list', { namespaces: 'team-a' }, 'namespaces must be a list of'],
    ['null for namespaces', { namespaces: null }, 'namespaces must be a list of'],
    ['an empty namespace', { namespaces: ['harbor-1:'] }, 'namespaces must be a list of'],
    ['a star in the middle', { namespaces: ['a*b'] }, 'namespaces must be a list of'],
    ['a star for a registry', { namespaces: ['*:team-a'] }, 'namespaces must be a list of'],
    ['admin with namespaces', { scopes: ['admin'], namespaces: ['a'] }, 'not come with the scope admin'],
    ['the face with namespaces', { scopes: ['hss'], namespaces: [] }, 'not come with the scope hss'],
    ['an access key without a seal', { sdk: [{ ak: 'HBFFABCDEFGH' }] }, 'sdk must be a list of'],
    ['a short access key', { sdk: [{ ak: 'HBFF', sealed: sealed }] }, 'sdk must be a list of'],
    [
      'a secret key in the clear',
      { sdk: [{ ak: 'HBFFABCDEFGH', sealed: 'secret' }] },
      'sdk must be a list of',
    ],
  ])('has a bad entry with %s', (_what, fields, fault) =>
    expect(faultsOf(fields)).toEqual([expect.stringContaining(fault)]),
  );

  it('never shows a value in a fault', () => {
    const secret = 'a-key-that-was-pasted-here';
    const faults = faultsOf({ id: `${secret} `, keys: [{ sha256: secret }], rate: { requests: secret } });
    expect(faults).toHaveLength(3);
    expect(faults.join()).not.toContain(secret);
  });

  it.each([
    ['an id', [entry('a', { scopes: [] }), entry('a', { scopes: ['read'] })], 'id that is given twice'],
    [
      'a key',
      [entry('a', { key: 'k', scopes: [] }), entry('b', { key: 'k', scopes: [] })],
      'key that is given twice',
    ],
    [
      'a subject',
      [entry('a', { jwt: ['s'], scopes: [] }), entry('b', { jwt: ['s'], scopes: [] })],
      'subject that is given twice',
    ],
  ])('has two bad entries when both have %s', (_what, entries, fault) => {
    for (const reading of read(fileOf(...entries)))
      expect(reading).toMatchObject({ entry: null, faults: [expect.stringContaining(fault)] });
  });

  it('may not repeat an id or a key of API_KEYS', () => {
    const taken = { ids: new Set(['reader']), hashes: new Set([sha256('k')]) };
    const found = read(fileOf(entry('reader', { scopes: [] }), entry('b', { key: 'k', scopes: [] })), taken);
    expect(found.map(({ entry: each }) => each)).toEqual([null, null]);
  });

  it.each([
    ['nothing', ''],
    ['a text', 'consumers'],
    ['a list', '- id: a'],
    ['no list of consumers', 'consumers: {}'],
    ['a further field', 'consumers: []\nscopes: [read]'],
    ['a field twice', 'consumers: []\nconsumers: []'],
    ['an open bracket', 'consumers: [{ id: a'],
    ['an unknown alias', 'consumers: [*a]'],
  ])('is broken with %s', (_what, text) => expect(() => read(text)).toThrow(BrokenConsumersFile));
});

describe('the end of a key', () => {
  it.each([
    ['2027-01-31', Date.UTC(2027, 1, 1)],
    ['2028-02-29', Date.UTC(2028, 2, 1)],
    ['2027-01-31T12:00:00Z', Date.UTC(2027, 0, 31, 12)],
    ['2027-01-31t12:00:00.5+02:00', Date.UTC(2027, 0, 31, 10, 0, 0, 500)],
  ])('is a time: %s', (text, expected) => expect(readExpiry(text)).toBe(expected));

  it.each([
    '2027-02-29',
    '2027-1-31',
    '2027-01-31T25:00:00Z',
    '2027-01-31T12:00:00',
    '31.1.2027',
    'never',
    '',
  ])('is refused: %s', (text) => expect(readExpiry(text)).toBeUndefined());
});
