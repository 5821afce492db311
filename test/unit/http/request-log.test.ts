import { describe, expect, it } from '@jest/globals';
import { RequestCounts } from '../../../src/http/request-counts.js';
import { RequestLog, type AnswerLine } from '../../../src/http/request-log.js';
import { TestClock } from '../../support/test-clock.js';

const line = (more: Partial<AnswerLine> = {}): AnswerLine => ({
  ...{ reqId: 'r', method: 'GET', route: '/v1/images', status: 200, ms: 1.6, consumer: 'a', keyId: 'k' },
  ...more,
});

function newRequestLog(sampleHits: number) {
  const [lines, hitLines]: [object[], object[]] = [[], []];
  const writer = (to: object[]) => {
    const write = (fields: object) => void to.push(fields);
    return { debug: write, info: write, warn: write, error: write };
  };
  const counts = new RequestCounts();
  const options = { log: writer(lines), hitLog: writer(hitLines), sampleHits, counts };
  return { requests: new RequestLog({ ...options, clock: TestClock.still() }), lines, hitLines, counts };
}

describe('the request log', () => {
  it('writes one line in N for hits, and each line of other requests', () => {
    const { requests, lines, hitLines, counts } = newRequestLog(3);
    for (let time = 0; time < 7; time += 1) requests.answeredFromCache(line());
    for (const status of [200, 404, 503]) requests.answered(line({ status }));
    expect(hitLines).toEqual([line({ ms: 2 }), line({ ms: 2 })].map((each) => ({ ...each, sample: 3 })));
    expect(lines).toHaveLength(3);
    expect([...counts].map(({ status, seconds }) => [status, seconds.count])).toEqual([
      [200, 8],
      [404, 1],
      [503, 1],
    ]);
  });

  it('writes every hit by default, without a word about samples', () => {
    const { requests, hitLines } = newRequestLog(1);
    requests.answeredHot(line(), {});
    expect(hitLines).toEqual([line({ ms: 2 })]);
  });
});

describe('the counts of requests', () => {
  it('put a duration into its bucket', () => {
    const counts = new RequestCounts();
    for (const ms of [0.2, 1, 1.1, 600, 70_000]) counts.count('a', '/v1/me', 200, ms);
    const { seconds } = [...counts][0]!;
    const at = (bound: number) => seconds.counts[seconds.bounds.indexOf(bound)];
    expect([at(0.005), at(0.025), at(2.5), seconds.counts.at(-1)]).toEqual([3, 0, 1, 1]);
  });

  it('count consumers beyond the bound together', () => {
    const counts = new RequestCounts();
    for (let number = 0; number < 110; number += 1) counts.count(`c${number}`, '/v1/me', 200, 1);
    const consumers = [...counts].map(({ consumer }) => consumer);
    expect(new Set(consumers).size).toBe(101);
    expect([...counts].find(({ consumer }) => consumer === 'other')?.seconds.count).toBe(10);
  });
});
