import { describe, expect, it } from '@jest/globals';
import { checks, checksNamed } from '../long/checks.js';

describe('npm run check:long NAME', () => {
  it.each([
    ['kills', ['kills']],
    ['budget', ['budget', 'simulated-budget']],
    [undefined, Object.keys(checks)],
  ])('%s names checks', (name, expected) => {
    expect(checksNamed(name).map(([each]) => each)).toEqual(expected);
  });

  it.each(['budgte', 'help', 'get', ''])('refuses %j and lists the names', (name) => {
    expect(() => checksNamed(name)).toThrow(/^There is no long check ".*"\. There are: budget, .*, image$/);
  });
});
