/** Long check of the rate while members lose Redis, each through a link of its own, and while processes die. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../../src/budget/account.js';
import { linkTo, type SeverableLink } from '../support/severable-link.js';
import { until } from '../support/until.js';
import { ask, coldPath, demand } from './demand.js';
import { admittedTimes, atMost, noted, withinRate, type Finding } from './findings.js';
import { apis, consumers, Fleet, type Api, type Member, type Scale } from './fleet.js';

const size = 3;
/** The API whose calls begin when Redis is dead, and one for the comparison. */
const api: Api = 'ListRegistryImages';
const other: Api = 'ListImageLocal';

interface Linked {
  member: Member;
  link: SeverableLink;
}

type Mishap = (fleet: LinkedFleet, windowMs: number) => Promise<void>;

/** In order, one after the other, while everything is asked for. In between the fleet has a window of rest. */
const mishaps: readonly (readonly [name: string, mishap: Mishap])[] = [
  ['commands lost for a window', (fleet, windowMs) => fleet.hold('commands', windowMs)],
  ['killed and replaced', (fleet) => fleet.replace(0)],
  ['answers lost for three windows', (fleet, windowMs) => fleet.hold('answers', 3 * windowMs)],
  ['Redis killed for a window', (fleet, windowMs) => fleet.loseRedis(windowMs)],
  ['both ways lost for ten windows', (fleet, windowMs) => fleet.hold('both', 10 * windowMs)],
  ['killed while cut off, and replaced', (fleet, windowMs) => fleet.replace(2 * windowMs)],
  ['Redis hangs for half a window', (fleet, windowMs) => fleet.pauseRedis(windowMs / 2)],
  ['cut off for two windows, Redis empty meanwhile', (fleet, windowMs) => fleet.emptyWhileCut(windowMs)],
];

/** Three processes in a fleet of known size meet each mishap: no window ever holds more calls than the limit. */
export async function partitions(scale: Scale): Promise<Finding[]> {
  const { windowMs } = scale.limit;
  const fleet = await LinkedFleet.start(scale);
  try {
    const { withRedisMs, withoutRedisMs } = await fleet.firstKeys(windowMs);
    const enough = new AbortController();
    const asking = demand({ urlOf: fleet.urlOf, forMs: 3_600_000, enough: enough.signal });
    const counts: Finding[] = [];
    for (const [name, mishap] of mishaps) {
      const before = fleet.callsSoFar;
      await mishap(fleet, windowMs);
      await sleep(windowMs);
      counts.push(noted(`calls: ${name}`, fleet.callsSoFar - before));
    }
    enough.abort();
    await asking;
    return [
      ...withinRate(fleet.journal, scale.limit),
      noted('slowest first cold key of an instance, with Redis (ms)', withRedisMs),
      atMost('added when Redis has died (ms)', withoutRedisMs - withRedisMs, 200 + scale.slackMs),
      ...counts,
      atMost('lines on stderr or errors in the logs', fleet.complaints.length, 0),
      ...fleet.complaints.slice(0, 3).map((line) => noted('', line)),
    ];
  } finally {
    await fleet.end();
  }
}

class LinkedFleet {
  readonly #linked: Linked[] = [];
  #turn = 0;

  private constructor(private readonly fleet: Fleet) {}

  static async start(scale: Scale): Promise<LinkedFleet> {
    // With short calls an instance without Redis has its share soon: a window after the last call of the others.
    const env = { FLEET_SIZE: String(size), HSS_TIMEOUT: '3s' };
    const fleet = new LinkedFleet(await Fleet.start({ ...scale, members: 0 }, env));
    try {
      for (let index = 0; index < size; index += 1) await fleet.#join();
      return fleet;
    } catch (error) {
      await fleet.end();
      throw error;
    }
  }

  get journal() {
    return this.fleet.emulator.journal;
  }

  get complaints(): string[] {
    return this.fleet.complaints;
  }

  get callsSoFar(): number {
    return apis.reduce((sum, each) => sum + admittedTimes(this.journal, each).length, 0);
  }

  urlOf = (): string => this.#linked[(this.#turn += 1) % this.#linked.length]!.member.url;

  /** One call is used, then Redis is killed. @returns the slowest first answer of an instance before and after. */
  async firstKeys(windowMs: number): Promise<{ withRedisMs: number; withoutRedisMs: number }> {
    const askEach = async (of: Api, members: readonly Linked[]) => {
      const get = ({ member }: Linked) => ask(member.url, coldPath(of), of, consumers[0]!);
      const answers = await Promise.all(members.map(get));
      return Math.max(...answers.map(({ status, tookMs }) => (status === 200 ? tookMs : Infinity)));
    };
    await askEach(api, this.#linked.slice(0, 1));
    const withRedisMs = await askEach(other, this.#linked);
    await until(async () => (await this.#spareSlots()) === size);
    await this.fleet.redis.kill();
    const withoutRedisMs = await askEach(api, this.#linked);
    await this.fleet.redis.start();
    await sleep(windowMs);
    return { withRedisMs, withoutRedisMs };
  }

  async hold(way: 'commands' | 'answers' | 'both', forMs: number): Promise<void> {
    const { link } = this.#linked[0]!;
    link.hold(way);
    await sleep(forMs);
    link.mend();
  }

  /** The first member is killed, after it was cut off for a while, and another one takes its place. */
  async replace(cutForMs: number): Promise<void> {
    const { member, link } = this.#linked[0]!;
    if (cutForMs > 0) link.cut();
    await sleep(cutForMs);
    this.#linked.shift();
    await this.fleet.kill(member);
    await link.close();
    await this.#join();
  }

  async loseRedis(forMs: number): Promise<void> {
    await this.fleet.redis.kill();
    await sleep(forMs);
    await this.fleet.redis.start();
  }

  async pauseRedis(forMs: number): Promise<void> {
    this.fleet.redis.pause();
    await sleep(forMs);
    this.fleet.redis.resume();
  }

  async emptyWhileCut(windowMs: number): Promise<void> {
    const { link } = this.#linked[0]!;
    link.hold('both');
    await sleep(windowMs);
    await this.fleet.redis.restart();
    await sleep(windowMs);
    link.mend();
  }

  async end(): Promise<void> {
    await this.fleet.end();
    await Promise.all(this.#linked.map(({ link }) => link.close()));
  }

  async #join(): Promise<void> {
    const { redis } = this.fleet;
    const link = await linkTo(redis.port);
    const url = redis.url.replace(String(redis.port), String(link.port));
    this.#linked.push({ link, member: await this.fleet.join({ REDIS_URL: url }) });
  }

  async #spareSlots(): Promise<number> {
    const [key] = (await this.fleet.redis.cli('KEYS', `*account:*:${api}`)) as string[];
    const text = key === undefined ? null : await this.fleet.redis.cli('HGET', key, 'account');
    const { owners = {} } = JSON.parse((text as string | null) ?? '{}') as Partial<Account>;
    return Object.values(owners).reduce((sum, { spare }) => sum + spare, 0);
  }
}
