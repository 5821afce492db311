import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { BudgetRefused, Unwanted } from '../../../../src/budget/budget-errors.js';
import { SyncFailures } from '../../../../src/catalog/sync/sync-failures.js';
import { UpstreamError } from '../../../../src/hss/errors.js';
import { DeadlineExceeded } from '../../../../src/time/deadline.js';
import { TestClock } from '../../../support/test-clock.js';

const clock = TestClock.still();

function open() {
  const lines: { msg: string; work: string; code?: string }[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { failures: new SyncFailures(clock, log), lines };
}

const away = (retryInMs?: number) =>
  new UpstreamError(
    'upstream-unavailable',
    'HSS is away',
    null,
    retryInMs === undefined ? null : clock.now() + retryInMs,
  );

describe('the failures of the sync', () => {
  it.each([
    ['a refused call', [new BudgetRefused('budget', clock.now() + 90_000)], 1_000],
    ['a call that got no turn in time', [new DeadlineExceeded()], 1_000],
    ['a call that was given up', [new Unwanted()], 1_000],
    ['a first failure', [away()], 5_000],
    ['a second failure', [away(), away()], 10_000],
    ['a fifth failure', [away(), away(), away(), away(), away()], 60_000],
    ['a failure whose end HSS has told', [away(90_000)], 90_000],
    ['an end that comes sooner than the pause', [away(2_000)], 5_000],
    ['an error of our own', [new TypeError('broken')], 5_000],
  ])('pause after %s', (_title, errors, pauseMs) => {
    const { failures } = open();
    const pauses = errors.map((error) => failures.note('lists', error));
    expect(pauses.at(-1)).toBe(pauseMs);
  });

  it('counts each kind of work by itself', () => {
    const { failures } = open();
    failures.note('lists', away());
    expect(failures.note('files', away())).toBe(5_000);
  });

  it('begins with the shortest pause again after a success', () => {
    const { failures } = open();
    failures.note('lists', away());
    failures.over('lists');
    expect(failures.note('lists', away())).toBe(5_000);
  });

  it('logs each change of state once', () => {
    const { failures, lines } = open();
    failures.over('lists');
    failures.note('lists', away());
    failures.note('lists', away());
    failures.note('lists', new TypeError('broken'));
    failures.over('lists');
    failures.over('lists');
    expect(lines.map(({ code, msg }) => [code, msg])).toEqual([
      ['upstream-unavailable', 'Catalog: the sync cannot continue'],
      ['internal', 'Catalog: the sync cannot continue'],
      [undefined, 'Catalog: the sync continues'],
    ]);
  });

  it('shows the last failure by its code, but no refused call', () => {
    const { failures } = open();
    failures.note('lists', new BudgetRefused('budget', 0));
    expect(failures.last).toBeNull();
    failures.note('lists', away());
    expect(failures.last).toEqual({ at: clock.now(), code: 'upstream-unavailable' });
  });
});
