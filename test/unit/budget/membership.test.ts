import { describe, expect, it } from '@jest/globals';
import { lostAfterMs, Membership, signOfLifeText } from '../../../src/budget/membership.js';
import { limit, windowMs } from '../../support/account-parts.js';

const now = 1_000_000;

/** The members as one instance sees them: each with the age and the text of its last sign of life. */
function members(signs: Record<string, [ageMs: number, text: string]>): Membership {
  const membership = new Membership('self', limit);
  const listed = Object.entries(signs).map(
    ([name, [ageMs, text]]) => [name, `${now - ageMs} ${text}`] as const,
  );
  membership.learn(now, listed, false);
  return membership;
}

describe('a member', () => {
  it.each<[string, boolean, number]>([
    ['is live with a recent sign of life', true, lostAfterMs - 1],
    ['is lost after a second of silence', false, lostAfterMs],
    ['is lost when its sign of life is from a clock that was set back', false, -lostAfterMs],
  ])('%s', (_, isLive, ageMs) => {
    expect(members({ other: [ageMs, '2'] }).isLive('other', now)).toBe(isLive);
  });

  it('is live when it is this instance, even unlisted', () => {
    const none = members({});
    expect([none.isLive('self', now), none.live(now), none.isLive('other', now)]).toEqual([true, 1, false]);
  });
});

describe('the calls that another instance reports', () => {
  it('are known by the APIs of its sign of life', () => {
    const known = members({
      self: [0, signOfLifeText(2, ['a'])],
      first: [0, signOfLifeText(2, ['a', 'b'])],
      second: [0, signOfLifeText(2, [])],
    });
    expect([known.knowing('a'), known.knowing('b'), known.knowing('c')]).toEqual([['first'], ['first'], []]);
    expect(known.others).toEqual(['first', 'second']);
  });

  it.each<[string, number, string[]]>([
    ['stay known when Redis has lost its members', 2 * windowMs + lostAfterMs, ['other']],
    ['are forgotten after two windows of silence', 2 * windowMs + lostAfterMs + 1, []],
  ])('%s', (_, laterMs, expected) => {
    const known = members({ other: [0, '2 a'] });
    known.learn(now + laterMs, [], false);
    expect(known.knowing('a')).toEqual(expected);
  });

  it('are no longer waited for when the instance has signed off', () => {
    const known = members({ self: [0, '2'], other: [0, '2 a'] });
    known.learn(now + 1, [['self', `${now} 2`]], true);
    expect(known.knowing('a')).toEqual([]);
  });
});
