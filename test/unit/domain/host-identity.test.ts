import { describe, expect, it } from '@jest/globals';
import { groupHosts, hostIdentity, hostKey, type HostNames } from '../../../src/domain/host-identity.js';

const host = (names: Partial<HostNames>): HostNames => ({
  hostId: null,
  agentId: null,
  name: null,
  ...names,
});

/** The rows of each host, by their positions. */
const grouped = (...rows: (Partial<HostNames> | null)[]): number[][] =>
  groupHosts(rows.map((row) => row && host(row))).map(({ members }) => members);

const [h1, h2] = [{ hostId: 'h1' }, { hostId: 'h2' }];
const [a1, a2] = [{ agentId: 'a1' }, { agentId: 'a2' }];
const [web, db] = [{ name: 'web' }, { name: 'db' }];

/** [case, rows, which rows are one host]. */
const cases: [string, (Partial<HostNames> | null)[], number[][]][] = [
  ['one id', [h1, { ...h1, ...web }, { ...h1, ...a1, ...db }], [[0, 1, 2]]],
  ['one agent', [a1, { ...a1, ...web }], [[0, 1]]],
  ['one name', [web, web], [[0, 1]]],
  ['a name, and an agent with that name', [web, { ...a1, ...web }], [[0, 1]]],
  ['a name, and an id with that name', [{ ...h1, ...web }, web], [[0, 1]]],
  ['an agent, and an id with that agent', [a1, { ...h1, ...a1 }], [[0, 1]]],
  [
    'an id and an agent with one name',
    [
      { ...h1, ...web },
      { ...a1, ...web },
    ],
    [[0, 1]],
  ],
  ['a name and an agent that a third row joins', [web, a1, { ...a1, ...web }], [[0, 1, 2]]],
  ['a chain: id, agent, name', [web, { ...h1, ...a1 }, { ...a1, ...web }], [[0, 1, 2]]],
  ['two agents of one id: installed again', [{ ...h1, ...a1 }, { ...h1, ...a2 }, a2], [[0, 1, 2]]],
  [
    'two ids with one name',
    [
      { ...h1, ...web },
      { ...h2, ...web },
    ],
    [[0], [1]],
  ],
  [
    'two agents with one name',
    [
      { ...a1, ...web },
      { ...a2, ...web },
    ],
    [[0], [1]],
  ],
  [
    'two ids with one agent',
    [
      { ...h1, ...a1 },
      { ...h2, ...a1 },
    ],
    [[0], [1]],
  ],
  [
    'an id and another agent with one name',
    [
      { ...h1, ...a1, ...web },
      { ...a2, ...web },
    ],
    [[0], [1]],
  ],
  ['a name that two hosts have', [{ ...h1, ...web }, web, { ...h2, ...web }], [[0], [1], [2]]],
  ['an agent that two hosts have', [{ ...h1, ...a1 }, a1, { ...h2, ...a1 }], [[0], [1], [2]]],
  [
    'a name of its own beside one that two hosts have',
    [{ ...h1, ...web }, { ...h2, ...web }, { ...h2, ...db }, db],
    [[0], [1, 2, 3]],
  ],
  [
    'two names of one id that lead to two agents',
    [
      { ...h1, ...web },
      { ...h1, ...db },
      { ...a1, ...web },
      { ...a2, ...db },
    ],
    [[0, 1], [2], [3]],
  ],
  ['nothing in common', [h1, a1, web], [[0], [1], [2]]],
  ['the same word as an id and as a name', [{ hostId: 'x' }, { name: 'x' }], [[0], [1]]],
  ['rows without a host', [null, {}, h1], [[2]]],
];

describe('which rows are one host', () => {
  it.each(cases)('%s', (_case, rows, expected) => {
    expect(grouped(...rows)).toEqual(expected);
  });

  it.each(cases)('%s, with the rows in reverse order', (_case, rows, expected) => {
    const last = rows.length - 1;
    const turned = grouped(...rows.toReversed()).map((members) => members.map((at) => last - at).sort());
    expect(turned.sort()).toEqual(expected);
  });

  it('has the first known value of each field', () => {
    const rows = [web, { ...a1, name: 'web' }, { ...a1, ...h1, name: 'renamed' }].map(host);
    expect(groupHosts(rows).map(({ host: names }) => names)).toEqual([
      { hostId: 'h1', agentId: 'a1', name: 'web' },
    ]);
  });
});

describe('the key of a host', () => {
  it('is its id, else its agent, else its name', () => {
    expect(hostKey(host({ ...h1, ...a1, ...web }))).toBe('h1');
    expect(hostKey(host({ ...a1, ...web }))).toBe('a1');
    expect(hostKey(host(web))).toBe('web');
    expect(hostKey(host({}))).toBe(null);
  });

  it('is an identity once its kind is known', () => {
    const same = [{ hostId: 'x' }, { agentId: 'x' }, { name: 'x' }].map((row) => hostIdentity(host(row)));
    expect(new Set(same).size).toBe(3);
    expect(same[0]).toBe('x');
    expect(hostIdentity(host({ ...a1, ...web }))).toBe(hostIdentity(host(a1)));
    expect(hostIdentity(host({}))).toBe(null);
  });
});
