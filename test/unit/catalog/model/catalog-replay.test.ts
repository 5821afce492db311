import { beforeEach, describe, expect, it } from '@jest/globals';
import { CatalogReplay } from '../../../../src/catalog/model/catalog-replay.js';
import { TestClock } from '../../../support/test-clock.js';

describe('the replay of the catalog', () => {
  let clock: TestClock;
  let replay: CatalogReplay;

  beforeEach(() => {
    clock = TestClock.still();
    replay = new CatalogReplay(clock);
  });

  const state = () => ({ isBehind: replay.isBehind, isStarting: replay.isStarting });

  it('has not begun at first', () => {
    expect(state()).toEqual({ isBehind: false, isStarting: false });
  });

  it('is over when it has reached the state as of its start', () => {
    replay.start();
    expect(state()).toEqual({ isBehind: true, isStarting: true });
    replay.reached();
    expect(state()).toEqual({ isBehind: false, isStarting: false });
  });

  it('keeps the process out of service for 10 s at most', () => {
    replay.start();
    clock.advance(9_999);
    expect(state()).toEqual({ isBehind: true, isStarting: true });
    clock.advance(1);
    expect(state()).toEqual({ isBehind: true, isStarting: false });
  });

  it('does not keep the process out of service after a failure', () => {
    replay.start();
    replay.failed();
    expect(state()).toEqual({ isBehind: true, isStarting: false });
  });

  it('is no start when a later replay begins', () => {
    replay.begin();
    expect(state()).toEqual({ isBehind: true, isStarting: false });
  });
});
