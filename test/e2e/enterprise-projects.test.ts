// The enterprise project that a consumer names: its form, and projects that the service's user may not see.
import { describe, expect, it } from '@jest/globals';
import { dataRoutes } from '../support/data-routes.js';
import { expectProblem } from '../support/expect-problem.js';
import { startService } from '../support/service.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

describe('enterpriseProjectId', () => {
  const edge = useEmulatedService();
  const of = (path: string, project: string) => `${path}&enterpriseProjectId=${encodeURIComponent(project)}`;

  describe.each(dataRoutes)('of $route', ({ path }) => {
    it.each(['*', 'a b', 'a/b', 'ä', '0,1', '{}', 'null\0', 'x'.repeat(65), ''])(
      'has a form that %j has not',
      async (project) => {
        const answer = await edge.service.get(of(path, project));
        expectProblem(answer, { status: 400, code: 'invalid-request', fields: ['enterpriseProjectId'] });
        expect(edge.emulator.journal.calls()).toEqual([]);
      },
    );

    it('is the fault of the consumer when the service may not see it', async () => {
      const answer = await edge.service.get(of(path, 'not-granted'));
      expectProblem(answer, { status: 403, code: 'forbidden' });
      expect(answer.body).toMatchObject({
        retryable: false,
        upstream: { status: 400, code: 'HSS.0013' },
      });
      expect(edge.service.logText()).not.toContain('not-granted');
    });

    it.each([
      { status: 403 },
      { status: 403, code: 'APIGW.0302' },
      { status: 400, code: 'HSS.0010' },
      { status: 400, code: '00000010' },
    ])('is the fault of the consumer for %j of HSS', async (fault) => {
      edge.emulator.faults.schedule({ kind: 'status', ...fault });
      const answer = await edge.service.get(
        of(path, `odd-${fault.status}-${fault.code ?? ''}`.replace('.', '')),
      );
      expectProblem(answer, { status: 403, code: 'forbidden' });
      edge.emulator.faults.clear();
    });

    it.each([undefined, 'all_granted_eps'])('is the fault of the service for %s', async (project) => {
      await edge.service.purge();
      edge.clock.advance(15 * 86_400_000);
      edge.emulator.faults.schedule({ kind: 'status', status: 400, code: 'HSS.0013' });
      const answer = await edge.service.get(project === undefined ? path : of(path, project));
      expectProblem(answer, { status: 502, code: 'upstream-unauthorized' });
    });

    it('does not excuse a refused credential', async () => {
      edge.emulator.faults.schedule({ kind: 'status', status: 401 });
      const answer = await edge.service.get(of(path, 'refused'));
      expectProblem(answer, { status: 502, code: 'upstream-unauthorized' });
      edge.clock.advance(15 * 86_400_000);
    });
  });

  it('does not count as a refusal of the credential', async () => {
    const { emulator, clock } = edge;
    const service = await startService({ emulator, clock });
    emulator.faults.schedule({ kind: 'status', status: 403 });
    for (let each = 0; each < 10; each += 1) {
      const answer = await service.get(`/v1/registry-images?enterpriseProjectId=p${each}`);
      expect(answer.body.code).toBe('forbidden');
    }
    emulator.faults.clear();
    expect((await service.get('/v1/registry-images')).status).toBe(200);
    await service.close();
  });
});
