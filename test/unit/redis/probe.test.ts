import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { setImmediate as turn } from 'node:timers/promises';
import { Probe } from '../../../src/redis/probe.js';
import { TestClock } from '../../support/test-clock.js';

/** A Redis whose answers the test gives, and a probe that has asked it once. */
function probing() {
  const clock = TestClock.still();
  const answers: (() => void)[] = [];
  const ping = () => new Promise<string>((resolve) => answers.push(() => resolve('PONG')));
  const said: string[] = [];
  const redis = { ping, disconnect: () => said.push('dropped') } as unknown as Redis;
  new Probe(redis, clock, 50).start(
    () => said.push('answered'),
    () => said.push('missed'),
  );
  return {
    said,
    asked: () => answers.length,
    pass: async (ms: number) => {
      clock.advance(ms);
      await turn();
    },
    answer: async () => {
      answers.at(-1)!();
      await turn();
    },
  };
}

describe('the probe of a Redis that hung', () => {
  it.each<[string, number, string[], number]>([
    ['ends with an answer in time', 40, ['answered'], 1],
    ['goes on after an answer that a request would not wait for', 60, [], 2],
  ])('%s', async (_, tookMs, said, asked) => {
    const probe = probing();
    await probe.pass(tookMs);
    await probe.answer();
    await probe.pass(200);
    expect(probe.said).toEqual(said);
    expect(probe.asked()).toBe(asked);
  });

  it('ends when Redis is quick again', async () => {
    const probe = probing();
    for (let round = 0; round < 3; round += 1) {
      await probe.pass(400);
      await probe.answer();
      await probe.pass(200);
    }
    await probe.answer();
    expect(probe.said).toEqual(['answered']);
  });
});
