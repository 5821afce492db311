import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  canonicalRequest,
  parseAuthorization,
  parseSdkDate,
  signatureOf,
} from '../../../emulator/identity/signature.js';
import { parseQuery } from '../../../emulator/query-string.js';

interface Vector {
  readonly name: string;
  readonly input: {
    readonly method: string;
    readonly host: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly ak: string;
    readonly sk: string;
  };
  readonly output: {
    readonly authorization: string;
    readonly canonical_request: string;
    readonly request_target: string;
  };
}

const { vectors, go_unit_tests } = JSON.parse(
  readFileSync(new URL('../../fixtures/signing-vectors.json', import.meta.url), 'utf8'),
) as { vectors: Vector[]; go_unit_tests: (Omit<Vector, 'output'> & { authorization: string })[] };

/** The official signers disagree about an encoded '/' inside a segment; the service never sends such a path. */
const usable = vectors.filter(({ name }) => name !== 'path_with_space_and_unicode');

function verify(input: Vector['input'], target: string, authorization: string) {
  const parsed = parseAuthorization(authorization);
  if (parsed === undefined) throw new Error('The authorization cannot be parsed');
  const [path = '', query = ''] = target.split('?');
  const headers = new Map(
    Object.entries({ host: input.host, ...input.headers }).map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]),
  );
  const canonical = canonicalRequest(
    {
      method: input.method,
      path,
      pairs: parseQuery(query),
      header: (name) => headers.get(name),
      body: Buffer.from(input.body),
    },
    parsed.signedHeaders,
  );
  const signature = signatureOf(canonical, headers.get('x-sdk-date') ?? '', input.sk);
  return { canonical, isRight: signature === parsed.signature, ak: parsed.ak };
}

describe('the signature verifier', () => {
  it.each(usable)('agrees with the official signers on $name', ({ input, output }) => {
    const { canonical, isRight, ak } = verify(input, output.request_target, output.authorization);
    expect(canonical).toBe(output.canonical_request);
    expect(isRight).toBe(true);
    expect(ak).toBe(input.ak);
  });

  it.each(go_unit_tests)(
    'takes the signed headers from the request, even without host',
    ({ input, authorization }) => {
      expect(verify(input, `${input.path}?limit=1`, authorization).isRight).toBe(true);
    },
  );

  it.each(usable)('refuses $name with another secret key', ({ input, output }) => {
    const stolen = { ...input, sk: `${input.sk}x` };
    expect(verify(stolen, output.request_target, output.authorization).isRight).toBe(false);
  });

  it('signs an encoded and a literal colon alike', () => {
    const colon = usable.find(({ name }) => name === 'list_image_files_private');
    if (colon === undefined) throw new Error('The vector is missing');
    const literal = colon.output.request_target.replace('%3A', ':');
    expect(verify(colon.input, literal, colon.output.authorization).isRight).toBe(true);
  });

  it('sorts the values of a repeated parameter', () => {
    const repeated = usable.find(({ name }) => name === 'repeated_query_value');
    if (repeated === undefined) throw new Error('The vector is missing');
    const reversed = repeated.output.request_target.replace('tag=a&tag=b', 'tag=b&tag=a');
    expect(reversed).not.toBe(repeated.output.request_target);
    expect(verify(repeated.input, reversed, repeated.output.authorization).isRight).toBe(true);
  });

  it.each([
    '',
    'Basic abc',
    'SDK-HMAC-SHA256 Access=AK',
    'SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=short',
    'SDK-HMAC-SHA256 Access=, SignedHeaders=host, Signature=' + 'a'.repeat(64),
  ])('does not parse "%s"', (header) => {
    expect(parseAuthorization(header)).toBeUndefined();
  });

  it('reads the date of a signature and refuses other forms', () => {
    expect(parseSdkDate('20260115T093000Z')).toBe(Date.UTC(2026, 0, 15, 9, 30));
    expect(parseSdkDate('2026-01-15T09:30:00Z')).toBeUndefined();
    expect(parseSdkDate('20261315T093000Z')).toBeUndefined();
  });
});
