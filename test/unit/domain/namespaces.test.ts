import { describe, expect, it } from '@jest/globals';
import { isNamespacePattern, Namespaces } from '../../../src/domain/namespaces.js';

describe('namespaces', () => {
  it.each<[patterns: string[], registryName: string | null, namespace: string | null, isSeen: boolean]>([
    [[], 'swr', 'team-a', false],
    [['team-a'], 'swr', 'team-a', true],
    [['team-a'], null, 'team-a', true],
    [['team-a'], 'swr', 'team-ab', false],
    [['team-a'], 'swr', 'Team-a', false],
    [['team-a'], 'swr', '', false],
    [['team-a'], 'swr', null, false],
    [['*'], 'swr', 'team-a', true],
    [['*'], 'swr', '', true],
    [['*'], 'swr', null, false],
    [['shared-*'], 'swr', 'shared-', true],
    [['shared-*'], 'swr', 'shared-base', true],
    [['shared-*'], 'swr', 'shared', false],
    [['harbor-1:team-a'], 'harbor-1', 'team-a', true],
    [['harbor-1:team-a'], 'harbor-2', 'team-a', false],
    [['harbor-1:team-a'], null, 'team-a', false],
    [['harbor.example:5000:team-*'], 'harbor.example:5000', 'team-b', true],
    [['harbor-1:*', 'team-b'], 'harbor-1', 'x', true],
    [['harbor-1:*', 'team-b'], 'harbor-2', 'x', false],
    [['harbor-1:*', 'team-b'], 'harbor-2', 'team-b', true],
  ])('%j: %j %j is seen: %j', (patterns, registryName, namespace, isSeen) =>
    expect(new Namespaces(patterns).sees({ registryName, namespace })).toBe(isSeen),
  );

  it.each<[patterns: string[], namespace: string, registries: 'any' | string[]]>([
    [[], 'a', []],
    [['b'], 'a', []],
    [['a', 'r:a'], 'a', 'any'],
    [['r:a', 's:a*', 'r:*', 't:b'], 'a', ['r', 's']],
  ])('%j: %j may be asked for in the registries %j', (patterns, namespace, registries) =>
    expect(new Namespaces(patterns).registriesOf(namespace)).toEqual(registries),
  );

  it.each(['', ':', 'a*b', '**', 'r:', '*:a', ':a', 'a\nb', 'a\u0000', 'a'.repeat(257)])(
    'has no pattern %j',
    (text) => {
      expect(isNamespacePattern(text)).toBe(false);
      expect(() => new Namespaces([text])).toThrow(RangeError);
    },
  );

  it('has one key for equal sets of patterns', () => {
    expect(new Namespaces(['b', 'a', 'b']).key).toBe(new Namespaces(['a', 'b']).key);
    expect(new Namespaces(['a,b']).key).not.toBe(new Namespaces(['a', 'b']).key);
    expect(new Namespaces([]).key).not.toBe(new Namespaces(['*']).key);
  });
});
