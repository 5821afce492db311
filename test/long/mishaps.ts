/** What can go wrong during a soak, one thing at a time. Each mishap leaves a house in which data can come again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from '../../emulator/emulator.js';
import { adminKey, type Fleet, type Member } from './fleet.js';
import type { RedisDump } from './redis-dump.js';
import type { RotatingKey } from './rotating-key.js';

export interface House {
  fleet: Fleet;
  emulator: Emulator;
  /** The key of the consumers file. */
  key: RotatingKey;
  random: () => number;
  /** Takes a dump of Redis. @returns the dump before, which is old by now. */
  dump: () => Promise<RedisDump | undefined>;
}

export interface Mishap {
  what: string;
  happens: (house: House) => Promise<void>;
}

const someone = ({ fleet, random }: House): Member =>
  fleet.members[Math.floor(random() * fleet.members.length)]!;

const ofHss = (kind: 'reset' | 'hang' | 'truncate'): Mishap => ({
  what: `hss ${kind}`,
  happens: ({ emulator }) => {
    emulator.faults.schedule({ kind, times: 3 });
    return Promise.resolve();
  },
});

export const mishaps: readonly Mishap[] = [
  ofHss('reset'),
  ofHss('hang'),
  ofHss('truncate'),
  {
    what: 'hss answers 503',
    happens: ({ emulator }) => {
      emulator.faults.schedule({ kind: 'status', status: 503, times: 5 });
      return Promise.resolve();
    },
  },
  {
    what: 'kill',
    happens: async (house) => {
      await house.fleet.kill(someone(house));
      await house.fleet.join();
    },
  },
  {
    what: 'restart',
    happens: async (house) => {
      await house.fleet.leave(someone(house));
      await house.fleet.join();
    },
  },
  {
    what: 'redis killed',
    happens: async ({ fleet: { redis } }) => {
      await redis.kill();
      await sleep(1_000);
      await redis.start();
    },
  },
  {
    what: 'old dump of redis',
    happens: async ({ dump }) => {
      await (await dump())?.restore();
    },
  },
  {
    what: 'consumers reload',
    happens: ({ fleet, key }) => key.rotate(fleet.members),
  },
  {
    what: 'clock jumps',
    happens: (house) => {
      process.kill(someone(house).pid, 'SIGUSR2');
      return Promise.resolve();
    },
  },
  {
    what: 'purge',
    happens: async (house) => {
      const headers = { 'X-API-Key': adminKey, 'content-type': 'application/json' };
      const body = JSON.stringify({ all: true });
      await fetch(`${someone(house).url}/v1/admin/cache/purge`, { method: 'POST', headers, body }).catch(
        () => null,
      );
    },
  },
];
