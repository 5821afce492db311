import { describe, expect, it } from '@jest/globals';
import type { Account, Owner } from '../../../src/budget/account.js';
import {
  freeSlots,
  heldByOthers,
  holdSpare,
  isAtRest,
  noteSilence,
  renewShare,
  signOff,
  type Fleet,
} from '../../../src/budget/escrow.js';
import { marginMs } from '../../../src/budget/slots.js';
import { account, limit, slot, ticket, windowMs } from '../../support/account-parts.js';

const now = 1_000_000;

/** The fleet as i0 sees it. All instances are live except `gone`. */
function fleet(parts: Partial<Fleet> = {}): Fleet {
  return {
    instance: 'i0',
    now,
    limit,
    fleetSize: 1,
    liveInstances: 3,
    isLive: (name) => name !== 'gone',
    couldHearNobody: false,
    ...parts,
  };
}

const owner = (share: number, spare: number, parts: Partial<Owner> = {}): Owner => ({
  share,
  spare,
  ...parts,
});

describe('a share', () => {
  it.each<[string, Record<string, Owner>, Partial<Fleet>, number]>([
    ['is the whole rate without others', {}, {}, 5],
    ['is an equal part of the rate', { i1: owner(2, 0), i2: owner(1, 0) }, {}, 1],
    ['counts the instances of the settings', {}, { fleetSize: 4 }, 1],
    ['is at most what the others leave', { i1: owner(4, 0) }, {}, 1],
    ['is nothing when the others leave nothing', { i1: owner(5, 0) }, {}, 0],
    ['is one call in a fleet larger than the rate', { i1: owner(1, 0) }, { fleetSize: 9 }, 1],
  ])('%s', (_, owners, parts, expected) => {
    const renewed = account({ owners });
    renewShare(renewed, fleet(parts));
    expect(renewed.owners!['i0']).toEqual(owner(expected, 0));
  });

  it('follows a lower limit that HSS named', () => {
    const learned = { limit: 2, windowMs, until: now + 1 };
    const renewed = account({ learned });
    renewShare(renewed, fleet());
    expect(renewed.owners!['i0']!.share).toBe(2);
  });
});

describe('a spare slot', () => {
  const three = { i0: owner(1, 0), i1: owner(1, 1), i2: owner(1, 1) };
  const used = (count: number) => Array.from({ length: count }, (_, index) => slot(`s${index}`, now));

  it.each<[string, Partial<Account>, number]>([
    ['is held while there is room', {}, 1],
    ['is held next to calls and to the spare slots of the others', { slots: used(2) }, 1],
    ['is not held without room', { slots: used(3) }, 0],
    ['is not held while a load waits', { tickets: [ticket('t', { instance: 'i2' })] }, 0],
    ['is not held while the calls of others are unknown', { awaiting: ['i2'] }, 0],
  ])('%s', (_, parts, expected) => {
    const changed = account({ owners: structuredClone(three), ...parts });
    holdSpare(changed, fleet());
    expect(changed.owners!['i0']!.spare).toBe(expected);
  });

  it('is given back for each change and at the end', () => {
    const changed = account({ owners: { i0: owner(1, 1) } });
    renewShare(changed, fleet());
    expect(changed.owners!['i0']!.spare).toBe(0);
    signOff(changed, 'i0');
    expect(changed.owners).toEqual({});
  });
});

describe('an account', () => {
  const held = { i0: owner(1, 1), i1: owner(1, 1), i2: owner(1, 1) };

  it.each<[string, Partial<Account>, boolean]>([
    ['is at rest while each instance is heard and holds its share', {}, true],
    ['is at rest while calls count that leave the share free', { slots: [slot('s', now)] }, true],
    [
      'is at rest while a load waits and no slot is spare',
      { tickets: [ticket('t')], owners: { i0: owner(5, 0) } },
      true,
    ],
    ['is not at rest while a load waits for the spare slot', { tickets: [ticket('t')] }, false],
    ['is not at rest while a spare slot is missing', { owners: { ...held, i0: owner(1, 0) } }, false],
    ['is not at rest without the own share', { owners: { i1: owner(1, 1) } }, false],
    ['is not at rest with another share than the rules give', { owners: { i0: owner(1, 1) } }, false],
    ['is not at rest when another instance falls silent', { owners: { ...held, gone: owner(1, 1) } }, false],
    [
      'is not at rest while a silence is noted',
      { owners: { ...held, i1: owner(1, 1, { lost: { at: now, among: 3 } }) } },
      false,
    ],
    ['is not at rest while the calls of others are unknown', { awaiting: ['i2'] }, false],
    [
      'is not at rest under a lower limit of HSS',
      { learned: { limit: 2, windowMs, until: now + 1 }, owners: { i0: owner(5, 5) } },
      false,
    ],
    [
      'is at rest when the lower limit of HSS is over',
      { learned: { limit: 2, windowMs, until: now }, owners: { i0: owner(5, 5) } },
      true,
    ],
  ])('%s', (_, parts, expected) => {
    const found = account({ owners: structuredClone(held), ...parts });
    expect(isAtRest(found, fleet())).toBe(expected);
    if (expected) {
      const changed = structuredClone(found);
      noteSilence(changed, fleet());
      renewShare(changed, fleet());
      holdSpare(changed, fleet());
      expect(changed).toEqual(found);
    }
  });
});

describe('the slots that others hold', () => {
  const theirs = [slot('one', now, { instance: 'gone' })];
  it.each<[string, Record<string, Owner>, Partial<Account>, { spare: number; silent: number }]>([
    ['are the spare slots of live instances', { i1: owner(2, 1) }, {}, { spare: 1, silent: 0 }],
    ['are the share of a silent one', { gone: owner(2, 1) }, {}, { spare: 0, silent: 2 }],
    [
      'are beside the calls of a silent one',
      { gone: owner(2, 0) },
      { slots: theirs },
      { spare: 0, silent: 1 },
    ],
    [
      'are also the spare slot of a silent one',
      { gone: owner(1, 1) },
      { slots: theirs },
      { spare: 0, silent: 1 },
    ],
    ['are not our own', { i0: owner(2, 2) }, {}, { spare: 0, silent: 0 }],
  ])('%s', (_, owners, parts, expected) => {
    const found = account({ owners, ...parts });
    expect(heldByOthers(found, fleet())).toEqual(expected);
    expect(freeSlots(found, fleet())).toBe(5 - found.slots.length - expected.spare - expected.silent);
  });
});

describe('an instance that vanished', () => {
  const lostFor = (windows: number, among = 3, replacedForMs?: number) => ({
    at: now - windows * windowMs - marginMs,
    among,
    ...(replacedForMs !== undefined && { replacedSince: now - replacedForMs }),
  });
  const known: Partial<Fleet> = { fleetSize: 3, liveInstances: 2 };
  const full: Partial<Fleet> = { fleetSize: 3, liveInstances: 3 };

  it.each<[string, Owner['lost'], Partial<Fleet>, boolean]>([
    ['keeps its share for two windows', lostFor(2), {}, true],
    ['keeps no share after two windows in a fleet of unknown size', lostFor(2.1), {}, false],
    ['keeps its share in a fleet of known size', lostFor(29), known, true],
    ['keeps no share after thirty windows', lostFor(30.1), known, false],
    ['keeps no share a window after it is replaced', lostFor(2.1, 3, windowMs + 2_026), full, false],
    ['keeps its share while its calls count after it is replaced', lostFor(9, 3, windowMs), full, true],
    [
      'keeps its share while the others may not have noticed a second loss',
      lostFor(9, 3, windowMs + 2_024),
      full,
      true,
    ],
    ['keeps its share for two windows even if it is replaced', lostFor(2, 3, 9_000), full, true],
    ['is kept when the fleet could not hear it', lostFor(9), { couldHearNobody: true }, true],
    ['is succeeded by an instance of its name', lostFor(0), { ...known, instance: 'gone~2' }, false],
    ['is not succeeded by another name', lostFor(0), { ...known, instance: 'gone-1~2' }, true],
  ])('%s', (_, lost, parts, isKept) => {
    const found = account({ owners: { gone: owner(1, 1, { lost: lost! }) } });
    noteSilence(found, fleet(parts));
    expect('gone' in found.owners!).toBe(isKept);
  });

  it.each<[string, Owner, number, number]>([
    ['its spare slot', owner(1, 1), 1, 1],
    ['its share beside its known calls', owner(3, 0), 1, 2],
    ['nothing more than its known calls', owner(2, 0), 2, 0],
  ])('leaves to its successor a window that counts %s', (_, lost, known, expected) => {
    const slots = Array.from({ length: known }, (_, index) => slot(`s${index}`, now, { instance: 'gone' }));
    const found = account({ owners: { gone: lost }, slots });
    noteSilence(found, fleet({ instance: 'gone~2' }));
    expect(found.owners).toEqual({});
    expect(found.slots.slice(known).map(({ instance, from }) => [instance, from])).toEqual(
      Array.from({ length: expected }, () => ['gone', now]),
    );
    expect(new Set(found.slots.map(({ id }) => id)).size).toBe(known + expected);
  });

  it('is noted with the number of instances before, and forgotten when heard', () => {
    const lost = lostFor(1);
    const found = account({ owners: { gone: owner(1, 1), i1: owner(1, 0, { lost }) } });
    noteSilence(found, fleet({ fleetSize: 2, liveInstances: 2 }));
    expect(found.owners).toEqual({
      gone: owner(1, 1, { lost: { at: now, among: 3 } }),
      i1: owner(1, 0),
    });
  });
});
