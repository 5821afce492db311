import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { ContentSync } from '../../../../src/catalog/sync/content-sync.js';
import { SyncFailures } from '../../../../src/catalog/sync/sync-failures.js';
import { WakeSignal } from '../../../../src/catalog/sync/wake-signal.js';
import { SyncLoop } from '../../../../src/catalog/sync/sync-loop.js';
import { TestClock } from '../../../support/test-clock.js';
import { until } from '../../../support/until.js';

describe('the work of the instance that syncs', () => {
  it('goes on when it cannot look for content past its life, and looks again', async () => {
    const clock = new TestClock();
    const over = new AbortController();
    let looks = 0;
    const findExpired = (): Promise<void> => {
      looks += 1;
      return looks < 3 ? Promise.reject(new Error('The index is away')) : Promise.resolve();
    };
    const contents = { readNext: () => Promise.resolve(false), findExpired } as unknown as ContentSync;
    const failures = new SyncFailures(clock, pino({ level: 'silent' }));
    const running = new SyncLoop({ lists: [], contents, failures, wake: new WakeSignal(clock), clock }).run(
      over.signal,
    );
    clock.advance(11 * 60_000);
    // Each of the two parts looks once, and is left alone for five seconds where it failed.
    await until(() => looks === 2);
    clock.advance(5_000);
    await until(() => looks === 4);
    over.abort();
    await running;
    expect(looks).toBe(4);
  });
});
