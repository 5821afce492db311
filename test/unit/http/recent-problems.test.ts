import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { Problem, problems, type ProblemCode } from '../../../src/http/problem.js';
import { RecentProblems } from '../../../src/http/recent-problems.js';

const secret = 'a-text-of-the-sender';
const request = (id: string) =>
  ({
    id,
    method: 'GET',
    url: `/v1/images/x/files?fileName=${secret}`,
    routeOptions: { url: '/v1/images/:imageId/files' },
    context: { consumer: 'team-a' },
  }) as unknown as FastifyRequest;

describe('the recent problems', () => {
  it('tell whom and what they met, and nothing that the sender wrote', () => {
    const recent = new RecentProblems();
    const upstream = { status: 500, code: 'HSS.1059', requestId: 'hss-1' };
    recent.note(request('r1'), new Problem('upstream-unavailable', secret, { upstream }), 5);
    expect(recent.newestFirst).toEqual([
      {
        at: 5,
        requestId: 'r1',
        method: 'GET',
        route: '/v1/images/:imageId/files',
        consumer: 'team-a',
        status: 503,
        code: 'upstream-unavailable',
        upstream,
      },
    ]);
    expect(JSON.stringify(recent.newestFirst)).not.toContain(secret);
  });

  it('are the newest fifty', () => {
    const recent = new RecentProblems();
    for (let at = 1; at <= 60; at += 1) recent.note(request(`r${at}`), new Problem('internal', ''), at);
    const ids = recent.newestFirst.map(({ requestId }) => requestId);
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([50, 'r60', 'r11']);
  });

  // Who allows cached answers only has asked for this answer.
  const asked: ProblemCode = 'not-cached';
  const codes = Object.keys(problems) as ProblemCode[];
  it.each(codes.map((code) => [code, problems[code].status] as const))(
    'keep %s (%i) as said',
    (code, status) => {
      const recent = new RecentProblems();
      recent.note(request('r'), new Problem(code, ''), 0);
      expect(recent.newestFirst).toHaveLength(code !== asked && (status === 429 || status >= 500) ? 1 : 0);
    },
  );
});
