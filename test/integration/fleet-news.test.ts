import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { encodeMessage } from '../../src/cache/fleet-messages.js';
import { FleetNews } from '../../src/cache/fleet-news.js';
import { FleetPurges } from '../../src/cache/fleet-purges.js';
import { everything, Purges } from '../../src/cache/purges.js';
import { createRedis } from '../../src/redis/connect.js';
import { RedisLink } from '../../src/redis/redis-link.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { forEver } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

/** A link that can hold an answer of Redis back until the test goes on. */
class HeldLink extends RedisLink {
  #gate: { arrived: () => void; opened: Promise<void> } | undefined;
  /** Commands that Redis has not answered. */
  underWay = 0;

  /** Holds back the next answer. */
  hold(): { arrived: Promise<void>; goOn: () => void } {
    let goOn = () => {};
    const opened = new Promise<void>((resolve) => (goOn = resolve));
    const arrived = new Promise<void>((resolve) => (this.#gate = { arrived: resolve, opened }));
    return { arrived, goOn };
  }

  override async run<T>(command: Parameters<typeof RedisLink.prototype.run<T>>[0]): Promise<T> {
    this.underWay += 1;
    const answer = await super.run(command).finally(() => (this.underWay -= 1));
    const gate = this.#gate;
    this.#gate = undefined;
    gate?.arrived();
    await gate?.opened;
    return answer;
  }
}

type Instance = Awaited<ReturnType<typeof instanceOf>>;
let instances = 0;

async function instanceOf(server: RedisProcess, clock: TestClock) {
  const { port } = server;
  const config = { kind: 'single', host: '127.0.0.1', port, db: 0, keyPrefix: 'test', tls: null } as const;
  const redis = createRedis({ ...config, username: undefined, password: undefined });
  const link = new HeldLink(redis, 'test', clock, pino({ level: 'silent' }), forEver);
  await link.connect(2_000);
  await until(() => link.isUp);
  const name = `instance-${(instances += 1)}`;
  const purges = new Purges();
  const heard: unknown[][] = [];
  const counts = { purged: 0, missed: 0 };
  const news = new FleetNews(link, clock, name, purges, {
    stored: (...told) => heard.push(['stored', ...told]),
    failed: (...told) => heard.push(['failed', ...told]),
    purged: () => (counts.purged += 1),
    onBroadcast: (text) => heard.push(['told', text]),
    acknowledged: (generation, by) => fleetPurges.acknowledge(generation, by),
    missed: () => (counts.missed += 1),
  });
  const fleetPurges = new FleetPurges(link, clock, name, purges, news);
  const purge = (tag: string) => fleetPurges.purge(tag);
  const close = async () => {
    await news.close();
    await link.close();
  };
  return { clock, link, name, purges, heard, counts, news, purge, close };
}

const asked = (generation: number, ...tags: string[]) => ({ tags, generation });

describe('the messages of a fleet', () => {
  let server: RedisProcess;
  let open: Instance[] = [];

  beforeAll(async () => {
    server = await startRedis();
  });

  afterEach(async () => {
    for (const instance of open.splice(0)) await instance.close();
    await server.cli('FLUSHALL');
  });

  afterAll(() => server.stop());

  /**
   * By default on a slow clock: an instance has one second of this clock to acknowledge a purge.
   * @param stepMs the steps of a still clock until the instance is in agreement.
   */
  async function start(clock = TestClock.slow(), stepMs = 0): Promise<Instance> {
    const instance = await instanceOf(server, clock);
    open.push(instance);
    await until(() => {
      clock.advance(stepMs);
      return instance.news.isSynced;
    });
    return instance;
  }

  const keys = () => ['purges', 'generation', 'instances'].map((name) => `test:cache:{fleet}:${name}`);
  const publish = (text: string) => server.cli('PUBLISH', 'test:cache:news', text);
  const isVoid = ({ purges }: Instance, ...entry: Parameters<typeof asked>) =>
    purges.isPurged('hash', asked(...entry));

  it('tell every instance which entries were stored and which loads failed', async () => {
    const fleet = [await start(), await start()];
    await publish(encodeMessage(['stored', 'hash', 5]));
    await publish(encodeMessage(['failed', 'hash', 'text', 2, 100]));
    for (const { heard } of fleet) {
      await until(() => heard.length === 2);
      expect(heard).toEqual([
        ['stored', 'hash', 5],
        ['failed', 'hash', 'text', 2, 100],
      ]);
    }
  });

  it('carry a broadcast to all instances but its sender', async () => {
    const [one, two, three] = [await start(), await start(), await start()];
    one.news.broadcast('of one');
    two.news.broadcast('of two');
    await until(() => three.heard.length === 2);
    await until(() => one.heard.length + two.heard.length === 2);
    expect([one.heard, two.heard]).toEqual([[['told', 'of two']], [['told', 'of one']]]);
  });

  it('agree on purges although Redis holds numbers that are none', async () => {
    const [purges, generation] = keys() as [string, string];
    await server.cli('SET', generation, 'nan');
    await server.cli('HSET', purges, 'list:odd', 'soon');
    const [one, two] = [await start(), await start()];
    // The time of this purge is not known, so it counts as the last one.
    await one.purge('list:some');
    const late = await start();
    for (const instance of [one, two, late])
      expect([isVoid(instance, 0, 'list:some'), isVoid(instance, 0, 'list:other')]).toEqual([true, false]);
    expect(isVoid(late, 0, 'list:odd')).toBe(true);
    expect(late.purges.generation).toBe(one.purges.generation);
  });

  it('announce a purge, which is answered when all instances have purged', async () => {
    const [one, two, three] = [await start(), await start(), await start()];
    expect(await one.purge('list:some')).toEqual([]);
    const { generation } = one.purges;
    for (const instance of [one, two, three]) {
      expect(isVoid(instance, 0, 'list:some')).toBe(true);
      expect(isVoid(instance, generation, 'list:some')).toBe(false);
      expect(instance.counts.purged).toBeGreaterThan(0);
    }
    const all = await Promise.all([one, two, three].map(({ purge }) => purge(everything)));
    expect(all).toEqual([[], [], []]);
    expect([one, two, three].map(({ purges }) => purges.generation - generation)).toEqual([3, 3, 3]);
  });

  it('name an instance that does not acknowledge a purge within a second', async () => {
    const [one, two] = [await start(TestClock.still(), 50), await start()];
    const { arrived, goOn } = two.link.hold();
    // The second instance stops in the middle of a beat, and its later messages are not sent.
    two.clock.advance(1_000);
    await arrived;
    await two.link.close();
    let answered: string[] | undefined;
    void one.purge('list:some').then((names) => (answered = names));
    await until(() => one.purges.generation > 0 && one.link.underWay === 0);
    // The purge waits for the second instance until a second is over.
    one.clock.advance(999);
    expect(answered).toBeUndefined();
    one.clock.advance(1);
    await until(() => answered !== undefined);
    expect(answered).toEqual([two.name]);
    goOn();
  });

  it('do not wait for an instance that has left', async () => {
    const [one, two] = [await start(), await start()];
    open = open.filter((instance) => instance !== two);
    await two.close();
    // The answer would name an instance that did not acknowledge.
    expect(await one.purge('list:some')).toEqual([]);
  });

  it('are known to an instance that starts later', async () => {
    const one = await start();
    await one.purge('list:some');
    const { generation } = one.purges;
    await one.purge('list:other');
    const two = await start();
    expect(isVoid(two, 0, 'list:some')).toBe(true);
    expect(isVoid(two, generation, 'list:some')).toBe(false);
    expect(isVoid(two, generation, 'list:other')).toBe(true);
  });

  it('count as missed after their connection was broken', async () => {
    const one = await start();
    const { missed } = one.counts;
    await server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => !one.news.isSynced);
    await until(() => one.news.isSynced);
    expect(one.counts.missed).toBe(missed + 1);
    await publish(encodeMessage(['stored', 'hash', 5]));
    await until(() => one.heard.length > 0);
  });

  it('count as missed after the connection broke during the comparison of purges', async () => {
    const one = await start();
    const { missed } = one.counts;
    const { arrived, goOn } = one.link.hold();
    one.clock.advance(1_000);
    await arrived;
    await server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => !one.news.isSynced);
    goOn();
    await until(() => one.news.isSynced);
    // The instance is subscribed again only now.
    await publish(encodeMessage(['stored', 'hash', 5]));
    await until(() => one.heard.length > 0);
    expect(one.counts.missed).toBe(missed + 1);
  });

  it('count as incomplete when a purge arrives but an older purge is missing', async () => {
    const one = await start();
    const { arrived, goOn } = one.link.hold();
    one.clock.advance(1_000);
    await arrived;
    // The message about the first purge is lost.
    await server.cli('HSET', keys()[0]!, 'list:some', '1', 'list:other', '2');
    await server.cli('SET', keys()[1]!, '2', 'PX', '60000');
    await publish('["purged","list:other",2]');
    await until(() => one.purges.generation === 2);
    goOn();
    await until(() => one.news.isSynced);
    expect(isVoid(one, 0, 'list:some')).toBe(true);
    expect(isVoid(one, 1, 'list:other')).toBe(true);
    expect(isVoid(one, 1, 'list:some')).toBe(false);
  });

  it('are not trusted after a stall until the purges are compared', async () => {
    const one = await start();
    const { arrived, goOn } = one.link.hold();
    one.clock.advance(3_200);
    await arrived;
    // No other instance waits for an instance that is silent for three seconds.
    expect(one.news.isSynced).toBe(false);
    goOn();
    await until(() => one.news.isSynced);
  });

  it('recover from garbage or missing keys in Redis', async () => {
    const one = await start();
    await one.purge('list:some');
    const spoil: string[][] = [
      ...keys().map((key) => ['SET', key, 'garbage']),
      ...keys().map((key) => ['RPUSH', key, 'garbage']),
      ['FLUSHALL'],
    ];
    for (const command of spoil) {
      if (command[0] === 'RPUSH') await server.cli('DEL', command[1]!);
      await server.cli(...command);
      const two = await start();
      const { generation } = one.purges;
      expect(await two.purge('list:some')).not.toContain(two.name);
      await until(() => one.purges.generation > generation && one.news.isSynced);
      one.clock.advance(1_000);
      await until(() => one.purges.generation === two.purges.generation && one.news.isSynced);
      for (const instance of [one, two]) {
        expect(isVoid(instance, one.purges.generation - 1, 'list:some')).toBe(true);
        expect(isVoid(instance, one.purges.generation, 'list:some')).toBe(false);
      }
      for (const key of keys()) await until(async () => Number(await server.cli('PTTL', key)) > 0);
      open = open.filter((instance) => instance !== two);
      await two.close();
    }
  });

  it('make all older entries void after Redis has lost the last purges', async () => {
    const one = await start();
    await one.purge('list:some');
    const before = one.purges.generation;
    await one.purge('list:other');
    const after = one.purges.generation;
    // This is the state after a failover to a replica that was behind: entries that the last purge voided may be back.
    await server.cli('HDEL', keys()[0]!, 'list:other');
    await server.cli('SET', keys()[1]!, String(before), 'PX', '60000');
    one.clock.advance(1_000);
    await until(async () => (await server.cli('GET', keys()[1]!)) === String(after));
    const two = await start();
    expect(isVoid(two, before, 'list:other')).toBe(true);
    expect(isVoid(two, after, 'list:other')).toBe(false);
  });

  it('leave no timer behind', async () => {
    const one = await start();
    await one.purge('list:some');
    await one.news.whenSynced(1_000);
    open = [];
    await one.close();
    await until(() => one.clock.pendingTimers === 0);
  });
});
