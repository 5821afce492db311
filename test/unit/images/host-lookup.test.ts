import { describe, expect, it } from '@jest/globals';
import { hostsOf } from '../../../src/images/host-lookup.js';
import { localRow } from '../../support/catalog/documents.js';

const digest = 'a'.repeat(64);
const on = (hostId: string | null, agentId: string | null, name: string | null, containerCount = 1) =>
  localRow({ digest, containerCount, host: { hostId, agentId, name } });

describe('the hosts of a merged answer', () => {
  it('are one when a row has the name, and another the agent too', () => {
    const { items } = hostsOf([on(null, null, 'web', 2), on(null, 'a1', 'web', 3)], [digest]);
    expect(items).toEqual([
      { hostId: null, agentId: 'a1', name: 'web', containerCount: 2, matchedBy: 'digest' },
    ]);
  });

  it('are two when two agents share a name', () => {
    const { items } = hostsOf([on(null, 'a1', 'web'), on(null, 'a2', 'web')], [digest]);
    expect(items.map(({ agentId }) => agentId)).toEqual(['a1', 'a2']);
  });

  it('are found by digest, with or without sha256:', () => {
    const another = localRow({ digest: 'b'.repeat(64), host: { hostId: 'h2', agentId: null, name: null } });
    const { items, complete } = hostsOf([on('h1', null, null), another], [`sha256:${digest}`]);
    expect(items.map(({ hostId }) => hostId)).toEqual(['h1']);
    expect(complete).toBe(false);
  });
});
