import { describe, expect, it } from '@jest/globals';
import { changeOf } from '../../../../src/catalog/sync/events.js';
import { hostRecord, imageDocument } from '../../../support/catalog/documents.js';

const on = (hostId: string | null, agentId: string | null, name: string | null) =>
  hostRecord({ host: { hostId, agentId, name } }, `local/${hostId ?? agentId ?? name}`);
const events = (before: ReturnType<typeof on>[], after: ReturnType<typeof on>[]) =>
  changeOf(imageDocument('k', { onHosts: before }), imageDocument('k', { onHosts: after })).events.map(
    ({ kind, hostId, hostName }) => [kind, hostId ?? hostName],
  );

describe('an event', () => {
  it('tells the severity after the change, and the last one of a gone image', () => {
    const [low, high] = ['low', 'high'].map((severity) =>
      imageDocument('k', { onHosts: [hostRecord({ severity })] }),
    );
    const told = (before: typeof low, after: typeof low) =>
      changeOf(before, after).events.map(({ kind, severity }) => [kind, severity]);
    expect(told(undefined, low)).toEqual([['appeared', 'low']]);
    expect(told(low, high)).toEqual([['severity-changed', 'high']]);
    expect(told(high, undefined)).toEqual([['disappeared', 'high']]);
  });
});

describe('the events of hosts', () => {
  it('are none when more names of a known host become known', () => {
    expect(events([on(null, null, 'web')], [on(null, 'a1', 'web')])).toEqual([]);
    expect(events([on(null, 'a1', 'web')], [on('h1', 'a1', null)])).toEqual([]);
  });

  it('tell two hosts with the same name apart', () => {
    expect(events([on('h1', null, 'web')], [on('h2', null, 'web')])).toEqual([
      ['came-to-host', 'h2'],
      ['left-host', 'h1'],
    ]);
  });

  it('come in the order of the hosts', () => {
    const others = [on('h2', null, 'web'), on('h1', null, 'db')];
    expect(events([on('h3', null, 'ci')], [on('h3', null, 'ci'), ...others])).toEqual([
      ['came-to-host', 'h1'],
      ['came-to-host', 'h2'],
    ]);
  });
});
