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

  it('can have the digest of an architecture, or of the multi-architecture image', () => {
    const [one, two] = ['b', 'c'].map((letter) => letter.repeat(64));
    const copy = (of: string, hostId: string, containerCount: number) =>
      localRow({ digest: of, containerCount, host: { hostId, agentId: null, name: null } });
    const rows = [copy(digest, 'h1', 1), copy(one!, 'h1', 5), copy(one!, 'h2', 2), copy(two!, 'h2', 3)];
    const variants = [one!, two!].map((key) => ({ key, matchedBy: 'variant' as const }));
    const shown = hostsOf(rows, [digest], variants).items;
    expect(shown.map(({ hostId, containerCount, matchedBy }) => [hostId, containerCount, matchedBy])).toEqual(
      [
        ['h1', 1, 'digest'],
        ['h2', 5, 'variant'],
      ],
    );
    const { items } = hostsOf(rows, [one!], [{ key: digest, matchedBy: 'index' }]);
    expect(items.map(({ hostId, matchedBy }) => [hostId, matchedBy])).toEqual([
      ['h1', 'digest'],
      ['h2', 'digest'],
    ]);
  });
});
