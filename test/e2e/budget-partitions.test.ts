import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { adminKey, startService, type TestService } from '../support/service.js';
import { linkTo, type SeverableLink } from '../support/severable-link.js';
import { until } from '../support/until.js';

const limit = { limit: 5, windowMs: 1_000 };
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

/** The short form of `npm run check:long partitions`, which uses processes and longer mishaps. */
describe('three instances, each with a link of its own to Redis', () => {
  let emulator: Emulator;
  let redis: RedisProcess;
  let members: Member[];
  let keys = 0;

  beforeAll(async () => {
    [emulator, redis] = await Promise.all([
      startEmulator({ rate: { ...limit, kind: 'sliding' }, totalRate: 'off' }),
      startRedis(),
    ]);
    members = await Promise.all(Array.from({ length: size }, join));
    await allShare();
  });
  afterAll(async () => {
    await Promise.all(members.map(end));
    await Promise.all([redis.stop(), emulator.close()]);
  });

  async function join(): Promise<Member> {
    const link = await linkTo(redis.port);
    const redisUrl = redis.url.replace(String(redis.port), String(link.port));
    const env = {
      HSS_RATE: '5/1s',
      HSS_TIMEOUT: '3s',
      FLEET_SIZE: String(size),
      REQUEST_DEADLINE: '4s',
    };
    const service = await startService({ emulator, redisUrl, redisLimitMs: 300, env });
    const member = { service, link, answered: 0, isAsked: true, asking: Promise.resolve() };
    member.asking = ask(member);
    return member;
  }

  async function ask(member: Member): Promise<void> {
    const next = () => `/v1/registry-images?name=cold-${(keys += 1)}`;
    for (let path = next(); member.isAsked;) {
      const { status } = await member.service.get(path);
      // The work of a refused request stays in the queue, so its consumer comes back for it.
      if (status === 200) [path, member.answered] = [next(), member.answered + 1];
      else await sleep(50);
    }
  }

  async function end(member: Member): Promise<void> {
    member.isAsked = false;
    await member.asking;
    await member.service.close();
    await member.link.close();
  }

  async function sharesTheRate({ service }: Member): Promise<boolean> {
    const { body } = await service.request('/v1/admin/budget', { headers: { 'X-API-Key': adminKey } });
    const budget = (body.apis as { api: string; shared: boolean }[]).find((each) => each.api === api);
    return budget?.shared === true;
  }

  /** Not at the same moment: on a busy machine an answer of Redis can come late at any time. */
  async function allShare(): Promise<void> {
    await Promise.all(members.map((member) => until(() => sharesTheRate(member))));
  }

  /** Waits until the member has made more calls. */
  async function goesOn(member: Member, calls: number): Promise<void> {
    const before = member.answered;
    await until(() => member.answered >= before + calls);
  }

  it.each<[string, () => Promise<void>]>([
    ['its commands are lost', () => cutOff('commands', 2)],
    ['the answers of Redis are lost', () => cutOff('answers', 2)],
    ['both are lost for windows', () => cutOff('both', 3)],
    [
      'Redis is killed',
      async () => {
        await redis.kill();
        await Promise.all(members.map((member) => goesOn(member, 1)));
        await redis.start();
      },
    ],
    [
      'Redis hangs',
      async () => {
        redis.pause();
        await Promise.all(members.map((member) => goesOn(member, 1)));
        redis.resume();
      },
    ],
    [
      'it ends while it is cut off, and is replaced',
      async () => {
        const [lost] = members as [Member];
        lost.link.cut();
        await goesOn(lost, 1);
        // Without Redis it cannot sign off.
        await end(lost);
        members = [...members.slice(1), await join()];
        await goesOn(members.at(-1)!, 1);
      },
    ],
  ])('keep to the rate together, and one goes on alone, when %s', async (_, mishap) => {
    await mishap();
    await allShare();
    await Promise.all(members.map((member) => goesOn(member, 1)));
    expect(emulator.journal.calls(api).filter(({ outcome }) => outcome === 429)).toEqual([]);
    expect(emulator.journal.busiestWindow(limit.windowMs, api)).toBeLessThanOrEqual(limit.limit);
  });

  async function cutOff(way: 'commands' | 'answers' | 'both', calls: number): Promise<void> {
    const [member, ...others] = members as [Member, ...Member[]];
    member.link.hold(way);
    await until(async () => !(await sharesTheRate(member)));
    await Promise.all([goesOn(member, calls), ...others.map((other) => goesOn(other, calls))]);
    member.link.mend();
  }
});
