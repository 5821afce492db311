import { describe, expect, it } from '@jest/globals';
import { seal, unseal } from '../../../src/bytes/sealed-bytes.js';

const body = Buffer.from('body');
/** The stored form, written out: instances of other versions read the same Redis. */
const frames: [string, label: string, options: { coversLabel?: boolean }, bytes: string][] = [
  ['over the body', 'catalog-1', {}, 'catalog-1 dba80bb2\nbody'],
  ['over label and body', '17', { coversLabel: true }, '17 3a5b8a82\nbody'],
];

describe('sealed bytes', () => {
  it.each(frames)('with a checksum %s have this form', (_name, label, options, bytes) => {
    expect(seal(label, body, options).toString()).toBe(bytes);
    expect(unseal(Buffer.from(bytes), options)).toEqual({ label, body });
  });

  it('with a checksum over the body alone allow any label', () => {
    expect(unseal(Buffer.from('other dba80bb2\nbody'))?.label).toBe('other');
    expect(unseal(Buffer.from('18 3a5b8a82\nbody'), { coversLabel: true })).toBeUndefined();
  });

  it.each(['', 'body', '\n', ' \n', 'catalog-1\nbody', 'catalog-1 dba80bb2', 'catalog-1 dba80bb2 \nbody'])(
    'are not what has no proper frame: %j',
    (bytes) => expect(unseal(Buffer.from(bytes))).toBeUndefined(),
  );
});
