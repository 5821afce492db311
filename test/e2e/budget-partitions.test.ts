import { describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { adminKey, startService, type TestService } from '../support/service.js';
import { linkTo, type SeverableLink } from '../support/severable-link.js';
import { aWhile, until } from '../support/until.js';

const limit = { limit: 5, windowMs: 500 };
const size = 3;
const api = 'ListRegistryImages';

/** An instance that reaches Redis through a link of its own, and is asked for cold keys all the time. */
interface Member {
  service: TestService;
  link: SeverableLink;
  /** The number of cold keys that it has answered. */
  answered: number;
  isAsked: boolean;
  asking: Promise<void>;
}

/** Three instances, each with a link of its own to their Redis. */
class LinkedFleet {
  #members: Member[] = [];
  #keys = 0;

  private constructor(
    readonly emulator: Emulator,
    readonly redis: RedisProcess,
  ) {}

  static async inOne(test: (fleet: LinkedFleet) => Promise<void>): Promise<void> {
    const [emulator, redis] = await Promise.all([
      startEmulator({ rate: { ...limit, kind: 'sliding' }, totalRate: 'off' }),
      startRedis(),
    ]);
    const fleet = new LinkedFleet(emulator, redis);
    try {
      await Promise.all(Array.from({ length: size }, () => fleet.#join()));
      await fleet.allShare();
      await test(fleet);
    } finally {
      await Promise.all(fleet.#members.map((member) => fleet.#end(member)));
      await Promise.all([redis.stop(), emulator.close()]);
    }
  }

  /** Not at the same moment: on a busy machine an answer of Redis can come late at any time. */
  async allShare(): Promise<void> {
    await Promise.all(this.#members.map((member) => until(() => sharesTheRate(member))));
  }

  /** Waits until each member has made a further call. */
  async allGoOn(): Promise<void> {
    await Promise.all(this.#members.map((member) => goesOn(member, 1)));
  }

  async cutOff(way: 'commands' | 'answers' | 'both'): Promise<void> {
    const [member, ...others] = this.#members as [Member, ...Member[]];
    member.link.hold(way);
    await until(async () => !(await sharesTheRate(member)));
    await Promise.all([goesOn(member, 2), ...others.map((other) => goesOn(other, 2))]);
    member.link.mend();
  }

  async replaceWhileCut(): Promise<void> {
    const [lost] = this.#members as [Member];
    lost.link.cut();
    await goesOn(lost, 1);
    // Without Redis it cannot sign off.
    await this.#end(lost);
    this.#members = this.#members.slice(1);
    await goesOn(await this.#join(), 1);
  }

  async #join(): Promise<Member> {
    const { emulator, redis } = this;
    const link = await linkTo(redis.port);
    const redisUrl = redis.url.replace(String(redis.port), String(link.port));
    // An instance without Redis goes on when the calls of the others must have ended, so calls are short here. A call
    // that a busy machine holds up for longer fails, and is asked for again.
    const env = {
      HSS_RATE: `${limit.limit}/${limit.windowMs}ms`,
      HSS_TIMEOUT: '500ms',
      FLEET_SIZE: String(size),
      REQUEST_DEADLINE: '4s',
    };
    // Jest lets no concurrent test import a module, and the catalog is one.
    const limits = { redisLimitMs: 300, preparationMs: 500 };
    const service = await startService({ emulator, redisUrl, env, isCatalogAbsent: true, ...limits });
    const member = { service, link, answered: 0, isAsked: true, asking: Promise.resolve() };
    member.asking = this.#ask(member);
    this.#members.push(member);
    return member;
  }

  async #ask(member: Member): Promise<void> {
    const next = () => `/v1/registry-images?name=cold-${(this.#keys += 1)}`;
    for (let path = next(); member.isAsked;) {
      const { status } = await member.service.get(path);
      // The work of a refused request stays in the queue, so its consumer comes back for it.
      if (status === 200) [path, member.answered] = [next(), member.answered + 1];
      else await aWhile(100);
    }
  }

  async #end(member: Member): Promise<void> {
    member.isAsked = false;
    await member.asking;
    await member.service.close();
    await member.link.close();
  }
}

async function sharesTheRate({ service }: Member): Promise<boolean> {
  const { body } = await service.request('/v1/admin/budget', { headers: { 'X-API-Key': adminKey } });
  const budget = (body.apis as { api: string; shared: boolean }[]).find((each) => each.api === api);
  return budget?.shared === true;
}

/** Waits until the member has made more calls. */
async function goesOn(member: Member, calls: number): Promise<void> {
  const before = member.answered;
  await until(() => member.answered >= before + calls);
}

type Mishap = [name: string, mishap: (fleet: LinkedFleet) => Promise<void>];

/** Two mishaps for each fleet, one after the other. The fleets wait side by side. */
const lives: Mishap[][] = [
  [
    ['its commands are lost', (fleet) => fleet.cutOff('commands')],
    [
      'Redis is killed',
      async (fleet) => {
        await fleet.redis.kill();
        await fleet.allGoOn();
        await fleet.redis.start();
      },
    ],
  ],
  [
    ['the answers of Redis are lost', (fleet) => fleet.cutOff('answers')],
    [
      'Redis hangs',
      async (fleet) => {
        fleet.redis.pause();
        await fleet.allGoOn();
        fleet.redis.resume();
      },
    ],
  ],
  [
    ['both are lost', (fleet) => fleet.cutOff('both')],
    ['it ends while it is cut off, and is replaced', (fleet) => fleet.replaceWhileCut()],
  ],
];

/** The short form of `npm run check:long partitions`, which uses processes and longer mishaps. */
describe('three instances, each with a link of its own to Redis', () => {
  for (const mishaps of lives)
    it.concurrent(
      `keep to the rate, and one goes on alone, when ${mishaps.map(([name]) => name).join('; ')}`,
      () =>
        LinkedFleet.inOne(async (fleet) => {
          for (const [, mishap] of mishaps) {
            await mishap(fleet);
            await fleet.allShare();
            await fleet.allGoOn();
          }
          const { journal } = fleet.emulator;
          expect(journal.calls(api).filter(({ outcome }) => outcome === 429)).toEqual([]);
          expect(journal.busiestWindow(limit.windowMs, api)).toBeLessThanOrEqual(limit.limit);
        }),
    );
});
