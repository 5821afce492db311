import { describe, expect, it } from '@jest/globals';
import { isOfRedis } from '../../../src/redis/redis-errors.js';
import { Reply, toNumber, UnreadableReply } from '../../../src/redis/reply.js';

describe('a reply of Redis', () => {
  it('is read element by element', () => {
    const reply = new Reply([7, '8.5', Buffer.from('9'), 'text', null, null, 'a', '1', 'b', '2']);
    expect([reply.number(), reply.number(), reply.number()]).toEqual([7, 8.5, 9]);
    expect([reply.text(), reply.textOrNull(), reply.bytesOrNull()]).toEqual(['text', null, null]);
    expect(reply.pairs()).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(reply.texts()).toEqual([]);
  });

  it.each<[string, (reply: Reply) => unknown, unknown]>([
    ['no list', () => undefined, null],
    ['too short for a number', (reply) => reply.number(), []],
    ['too short for a text', (reply) => reply.textOrNull(), []],
    ['NaN', (reply) => reply.number(), ['nan']],
    ['an infinite score', (reply) => reply.number(), ['inf']],
    ['a number that is too large', (reply) => reply.number(), ['1e999']],
    ['an empty number', (reply) => reply.number(), ['']],
    ['a missing number', (reply) => reply.number(), [null]],
    ['a missing text', (reply) => reply.text(), [null]],
    ['a number in place of a text', (reply) => reply.text(), [3]],
    ['half a pair', (reply) => reply.pairs(), ['a']],
  ])('is refused: %s', (_, read, reply) => {
    expect(() => read(new Reply(reply))).toThrow(UnreadableReply);
  });

  it('counts as a failure of Redis when it cannot be read', () => {
    expect(isOfRedis(new UnreadableReply('x'))).toBe(true);
    expect(() => toNumber(undefined)).toThrow(UnreadableReply);
  });
});
