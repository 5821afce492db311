import { beforeEach, describe, expect, it } from '@jest/globals';
import { Versions } from '../../../../src/catalog/index/versions.js';
import { VersionGone } from '../../../../src/catalog/model/reader.js';
import { notSynced } from '../../../../src/catalog/model/sync-state.js';
import { TestClock } from '../../../support/test-clock.js';

const stateAt = (changedAt: number) => ({ changedAt, sync: notSynced });
const minute = 60_000;

describe('the versions of the catalog', () => {
  let clock: TestClock;
  let versions: Versions;
  const newestState = (version: number) => versions.stateOf(version, stateAt(99));

  beforeEach(() => {
    clock = TestClock.still();
    versions = new Versions(clock, 5, 3);
  });

  it('with the same data share one state, the newest', () => {
    versions.advance(undefined);
    versions.advance(undefined);
    expect([versions.newest, versions.newestData]).toEqual([7, 3]);
    for (const version of [3, 4, 5, 7]) expect(newestState(version)).toEqual({ version: 7, ...stateAt(99) });
    for (const version of [2, 8, 3.5]) expect(() => newestState(version)).toThrow(VersionGone);
  });

  it('are kept for as long as their data are the newest', () => {
    for (let step = 0; step < 60; step += 1) {
      clock.advance(minute);
      versions.advance(undefined);
    }
    expect(newestState(3).version).toBe(65);
    expect([versions.needed(), versions.untilNextExpiry()]).toEqual([3, undefined]);
  });

  it('are kept for 15 minutes after other data have replaced their data', () => {
    versions.advance(undefined);
    versions.advance(stateAt(6));
    versions.advance(undefined);
    expect(newestState(3)).toEqual({ version: 6, ...stateAt(6) });
    expect(newestState(7)).toEqual({ version: 8, ...stateAt(99) });
    expect([versions.newestData, versions.untilNextExpiry()]).toEqual([7, 15 * minute]);
    clock.advance(15 * minute - 1);
    expect([newestState(5).version, versions.needed()]).toEqual([6, 3]);
    clock.advance(1);
    for (const version of [3, 6]) expect(() => newestState(version)).toThrow(VersionGone);
    expect([versions.needed(), versions.untilNextExpiry()]).toEqual([7, undefined]);
  });

  it('are needed for as long as a query reads them', () => {
    const release = versions.hold(5);
    versions.advance(stateAt(5));
    clock.advance(16 * minute);
    expect(versions.needed()).toBe(5);
    release();
    expect(versions.needed()).toBe(6);
    expect(() => versions.hold(5)).toThrow(VersionGone);
  });

  it('tell when no query reads them any more', async () => {
    await versions.unheld();
    const releases = [versions.hold(5), versions.hold(5)];
    let isUnheld = false;
    const unheld = versions.unheld().then(() => (isUnheld = true));
    for (const release of releases) {
      await Promise.resolve();
      expect(isUnheld).toBe(false);
      release();
    }
    await unheld;
  });
});
