import { describe, expect, it } from '@jest/globals';
import { addressRanges, keysUrl, webOrigins } from '../../../src/config/network.js';
import { problems, read } from './read.js';

describe('the formats of the network', () => {
  it.each([
    ['10.0.0.0/8, 192.0.2.7', ['10.0.0.0/8', '192.0.2.7/32']],
    ['::1,2001:db8::/32', ['::1/128', '2001:db8::/32']],
    ['0.0.0.0/0', ['0.0.0.0/0']],
  ])('read addresses: %s', (text, expected) => expect(addressRanges.parse(text)).toEqual(expected));

  it.each(['', '10.0.0.0/33', '10.0.0', 'localhost', '10.0.0.0/8,', '::/129', '10.0.0.0/x', 'fe80::1%eth0'])(
    'refuse addresses: %s',
    (text) => expect(addressRanges.parse(text)).toBeUndefined(),
  );

  it('read origins', () =>
    expect(webOrigins.parse('https://app.example, http://localhost:5173')).toEqual([
      'https://app.example',
      'http://localhost:5173',
    ]));

  it.each([
    '*',
    'null',
    'app.example',
    'https://app.example/',
    'https://app.example:443',
    'https://*.example',
    '',
  ])('refuse origins: %s', (text) => expect(webOrigins.parse(text)).toBeUndefined());
});

describe('the settings of JWTs', () => {
  const jwt = {
    JWT_ISSUER: 'https://i.example',
    JWT_AUDIENCE: 'bff',
    JWT_JWKS_URL: 'https://i.example/jwks',
  };

  it('go together, and need the file of consumers', () => {
    expect(read({ ...jwt, CONSUMERS_FILE: 'c.yaml' }).jwt).toEqual({
      issuer: 'https://i.example',
      audience: 'bff',
      jwksUrl: 'https://i.example/jwks',
    });
    for (const left of Object.keys(jwt))
      expect(problems({ ...jwt, [left]: '', CONSUMERS_FILE: 'c.yaml' })[0]).toContain('go together');
    expect(problems(jwt)[0]).toContain('need CONSUMERS_FILE');
  });

  it.each(['https://i.example/jwks?a=b', 'http://127.0.0.1:8080/jwks', 'http://[::1]/'])(
    'read keys from %s',
    (url) => expect(keysUrl.parse(url)).toBe(url),
  );

  it.each([
    'http://i.example/jwks',
    'http://127.0.0.1.example/',
    'https://u:p@i.example',
    'file:///jwks',
    'jwks',
  ])('read no keys from %s', (url) => expect(keysUrl.parse(url)).toBeUndefined());
});
