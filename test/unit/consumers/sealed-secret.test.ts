import { describe, expect, it } from '@jest/globals';
import { openSecret, sealingKey, sealSecret } from '../../../src/consumers/sealed-secret.js';

const master = 'a master key of thirty-two characters';
const owner = { consumer: 'terraform', accessKey: 'HBFFEXAMPLE' };
const key = sealingKey(master);

describe('a sealed secret key', () => {
  it('opens under either of two master keys, and shows nothing', () => {
    const sealed = sealSecret('the secret key', owner, key);
    const other = sealingKey('another master key of enough characters');
    expect(openSecret(sealed, owner, [other, key])).toBe('the secret key');
    expect(sealed).not.toContain('secret');
    expect(sealed.startsWith(`${key.id}.`)).toBe(true);
    expect(openSecret(sealed, owner, [other])).toBeUndefined();
  });

  it('is another text each time', () => {
    expect(sealSecret('x', owner, key)).not.toBe(sealSecret('x', owner, key));
  });

  it('opens for its consumer and its access key alone', () => {
    const sealed = sealSecret('x', owner, key);
    expect(openSecret(sealed, { ...owner, consumer: 'ci' }, [key])).toBeUndefined();
    expect(openSecret(sealed, { ...owner, accessKey: 'HBFFOTHER' }, [key])).toBeUndefined();
  });

  it.each([
    ['an empty text', ''],
    ['no bytes', `${key.id}.`],
    ['too few bytes', `${key.id}.AAAA`],
    ['bytes of nobody', `${key.id}.${'A'.repeat(80)}`],
  ])('reads nothing from %s', (_, sealed) => expect(openSecret(sealed, owner, [key])).toBeUndefined());

  it('opens with no byte changed alone', () => {
    const sealed = sealSecret('x', owner, key);
    const at = sealed.length - 3;
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    expect(openSecret(changed, owner, [key])).toBeUndefined();
  });
});
