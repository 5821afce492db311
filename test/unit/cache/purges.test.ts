import { describe, expect, it } from '@jest/globals';
import { everything, keyTag, mostPurges, Purges } from '../../../src/cache/purges.js';

const keyHash = 'hash';
const askedFor = (generation: number, ...tags: string[]) => ({ tags, generation });

describe('the known purges', () => {
  it('void an entry by its tag, by its key or with everything', () => {
    for (const tag of ['list:some', keyTag(keyHash), everything]) {
      const purges = new Purges();
      const old = askedFor(purges.generation, 'list:some', 'project:p');
      purges.learn('list:other', 1);
      expect(purges.isPurged(keyHash, old)).toBe(false);
      expect(purges.learn(tag, 2)).toBe(true);
      expect(purges.isPurged(keyHash, old)).toBe(true);
      expect(purges.isPurged(keyHash, askedFor(purges.generation, 'list:some'))).toBe(false);
    }
  });

  it('stay when a message arrives twice or late', () => {
    const purges = new Purges();
    expect(purges.learn('list:some', 2)).toBe(true);
    expect(purges.learn('list:some', 2)).toBe(false);
    expect(purges.learn('list:some', 1)).toBe(false);
    expect(purges.generation).toBe(2);
    // An earlier purge of another tag counts even if its message comes late.
    expect(purges.learn('list:other', 1)).toBe(true);
    expect(purges.generation).toBe(2);
    expect(purges.isPurged(keyHash, askedFor(0, 'list:other'))).toBe(true);
    expect(purges.isPurged(keyHash, askedFor(1, 'list:other'))).toBe(false);
  });

  it('tell the tags after a purge, and who listens hears of each purge', () => {
    const purges = new Purges();
    let heard = 0;
    const stop = purges.onLearned(() => (heard += 1));
    purges.learn('list:some', 1);
    purges.learn('list:some', 1);
    purges.learnAll(3, [
      ['list:some', 1],
      ['image:x', 3],
    ]);
    expect([heard, purges.tagsAfter(0), purges.tagsAfter(1), purges.tagsAfter(3)]).toEqual([
      2,
      ['list:some', 'image:x'],
      ['image:x'],
      [],
    ]);
    stop();
    purges.learn('all', 4);
    expect(heard).toBe(2);
  });

  it("are replaced by the fleet's table, except later purges", () => {
    const purges = new Purges();
    purges.learn('list:gone', 4);
    purges.learn('list:some', 7);
    purges.learnAll(5, [['list:other', 5]]);
    expect(purges.generation).toBe(7);
    expect(purges.isPurged(keyHash, askedFor(4, 'list:other'))).toBe(true);
    expect(purges.isPurged(keyHash, askedFor(6, 'list:some'))).toBe(true);
    expect(purges.isPurged(keyHash, askedFor(3, 'list:gone'))).toBe(false);
    purges.learnAll(9, []);
    expect(purges.generation).toBe(9);
    expect(purges.isPurged(keyHash, askedFor(6, 'list:some'))).toBe(false);
  });

  it('become one purge of everything when too many', () => {
    const purges = new Purges();
    let most = 0;
    for (let generation = 1; generation <= 3 * mostPurges; generation += 1) {
      const tag = `image:${generation}`;
      const isRight =
        purges.learn(tag, generation) &&
        purges.isPurged(keyHash, askedFor(generation - 1, tag)) &&
        !purges.isPurged(keyHash, askedFor(generation, tag));
      if (!isRight) throw new Error(`Purge ${generation} is not remembered`);
      most = Math.max(most, purges.count);
    }
    expect(most).toBe(mostPurges);
    expect(purges.isPurged(keyHash, askedFor(0, 'image:1'))).toBe(true);
  });
});
