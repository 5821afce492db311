import { describe, expect, it } from '@jest/globals';
import { JoinedTexts } from '../../../../src/catalog/index/words/joined-texts.js';

describe('a search in joined texts', () => {
  /** The numbers of the texts that hold the part. */
  function found(joined: JoinedTexts, size: number, part: string, isAtStart = false): number[] {
    const hits = new Uint8Array(size);
    const pauses = [...joined.search(part, hits, { isAtStart })];
    expect(pauses).toHaveLength(Math.ceil(size / 1_000));
    return [...hits.keys()].filter((number) => hits[number] === 1);
  }
  const over = (texts: string[]) => new JoinedTexts((number) => texts[number] ?? '');

  it('finds each text that holds the part, once', () => {
    const texts = ['', 'lib', 'bin', 'liblib', 'xlib'];
    expect(found(over(texts), texts.length, 'lib')).toEqual([1, 3, 4]);
  });

  it('finds no part that reaches from one text into the next', () => {
    const texts = ['ab', 'cd', 'a\0', 'c'];
    expect(found(over(texts), 4, 'bc')).toEqual([]);
    expect(found(over(texts), 4, 'b\0c')).toEqual([]);
    expect(found(over(texts), 4, '\0')).toEqual([2]);
    expect(found(over(texts), 4, '\0c')).toEqual([]);
  });

  it('finds the empty part in every text', () => {
    expect(found(over(['', 'a', '']), 3, '')).toEqual([0, 1, 2]);
  });

  it('finds texts that begin with the part', () => {
    const texts = ['ab', 'xab', '', 'a\0ab', 'abab', 'a'];
    expect(found(over(texts), texts.length, 'ab', true)).toEqual([0, 4]);
    expect(found(over(texts), texts.length, 'a\0a', true)).toEqual([3]);
    expect(found(over(texts), texts.length, '', true)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('agrees with the texts one by one, over several chunks', () => {
    const texts = Array.from({ length: 2_500 }, (_, n) => `f${n}${'a'.repeat(n % 3)}`);
    for (const part of ['f1', 'a', 'aa', '99', 'f2499', 'é'])
      expect(found(over(texts), texts.length, part)).toEqual(
        [...texts.keys()].filter((n) => texts[n]?.includes(part)),
      );
  });

  it('finds changed and added texts', () => {
    const texts = ['old', 'same'];
    const joined = over(texts);
    expect(found(joined, 2, 'old')).toEqual([0]);
    texts[0] = 'new';
    joined.changed(0);
    texts.push('new');
    joined.changed(2);
    expect(found(joined, 3, 'old')).toEqual([]);
    expect(found(joined, 3, 'new')).toEqual([0, 2]);
  });

  it('finds a text that came while an earlier search paused', () => {
    const texts = Array.from({ length: 1_500 }, (_, n) => `f${n}`);
    const joined = over(texts);
    const earlier = joined.search('late', new Uint8Array(1_500));
    earlier.next();
    texts.push('late');
    joined.changed(1_500);
    expect([...earlier]).toHaveLength(1);
    expect(found(joined, 1_501, 'late')).toEqual([1_500]);
  });
});
