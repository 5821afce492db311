import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { HitLines, type AnswerLine } from '../../../src/http/hit-lines.js';
import { RequestCounts } from '../../../src/http/request-counts.js';
import { StrictAnswers } from '../../../src/http/strict-answers.js';
import { RequestLog } from '../../../src/http/request-log.js';
import { TestClock } from '../../support/test-clock.js';

const line = (more: Partial<AnswerLine> = {}): AnswerLine => ({
  ...{ reqId: 'r', method: 'GET', route: '/v1/images', status: 200, ms: 1.6, consumer: 'a', keyId: 'k' },
  ...more,
});

/** The line as it is written. */
const written = (of: AnswerLine, more: object = {}) => ({
  ...of,
  ms: 2,
  level: 30,
  msg: 'Answered',
  ...more,
});

function newRequestLog(sampleHits: number) {
  const [lines, hitLines]: [object[], object[]] = [[], []];
  const writer = (to: object[]) => {
    const write = (text: string) => void to.push(JSON.parse(text) as object);
    return pino({ base: null, timestamp: false }, { write });
  };
  const counts = new RequestCounts();
  const hits = new HitLines(writer(hitLines), sampleHits);
  const options = { log: writer(lines), hits, counts, strict: new StrictAnswers(), clock: TestClock.still() };
  return { requests: new RequestLog(options), lines, hitLines, counts };
}

describe('the request log', () => {
  it('writes one line in N for hits, and each line of other requests', () => {
    const { requests, lines, hitLines, counts } = newRequestLog(3);
    for (let time = 0; time < 7; time += 1) requests.answeredFromCache(line());
    for (const status of [200, 404, 503]) requests.answered(line({ status }));
    const seen = written(line(), { sample: 3 });
    expect(hitLines).toEqual([seen, seen]);
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
    expect(hitLines).toEqual([written(line())]);
  });

  it('writes each hit with its own fields, whichever came before', () => {
    const { requests, hitLines } = newRequestLog(1);
    const lines = [
      line(),
      line({ reqId: 's', traceId: 't' }),
      line({ consumer: 'b' }),
      line({ keyId: null }),
      line({ route: '/v1/hosts' }),
      line({ status: 304 }),
      line({ method: 'HEAD' }),
      line(),
    ];
    for (const each of lines) requests.answeredFromCache({ ...each });
    expect(hitLines).toEqual(lines.map((each) => written(each)));
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

  it('keep kinds of requests apart that take turns', () => {
    const counts = new RequestCounts();
    const kinds = [
      ['a', '/v1/me', 200],
      ['b', '/v1/me', 200],
      ['b', '/v1/images', 200],
      ['b', '/v1/images', 304],
      [null, null, 404],
    ] as const;
    for (let time = 0; time < 2; time += 1)
      for (const [consumer, route, status] of kinds) counts.count(consumer, route, status, 1);
    expect([...counts].map(({ seconds }) => seconds.count)).toEqual([2, 2, 2, 2, 2]);
  });

  it('count consumers beyond the bound together', () => {
    const counts = new RequestCounts();
    for (let number = 0; number < 110; number += 1) counts.count(`c${number}`, '/v1/me', 200, 1);
    const consumers = [...counts].map(({ consumer }) => consumer);
    expect(new Set(consumers).size).toBe(101);
    expect([...counts].find(({ consumer }) => consumer === 'other')?.seconds.count).toBe(10);
  });
});
