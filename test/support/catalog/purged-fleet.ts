/**
 * The set-up of all tests of purges that reach the catalog: two instances with catalogs on one Redis. Each test adds an
 * image of its own, whose files and severity nothing else has.
 */
import { afterAll, beforeAll } from '@jest/globals';
import { startEmulator, type Emulator } from '../../../emulator/emulator.js';
import { startRedis, type RedisProcess } from '../redis-server.js';
import { untilAccountsAreTrusted, untilInAgreement } from '../redis-story.js';
import { startService, type TestAnswer, type TestService } from '../service.js';
import { linkTo, type SeverableLink } from '../severable-link.js';
import { TestClock } from '../test-clock.js';
import { until } from '../until.js';

/** An image with content that HSS can change without another scan. */
export interface MarkedImage {
  /** HSS's id, for the calls for content. */
  id: string;
  digest: string;
  name: string;
  oldFile: string;
  newFile: string;
  /** HSS gives other files and another severity from now on. The time of the scan stays the same. */
  changeSilently(): void;
  /** The merged answer by digest, and by name. */
  byDigest(service: TestService, headers?: Record<string, string>): Promise<TestAnswer>;
  byName(service: TestService, headers?: Record<string, string>): Promise<TestAnswer>;
}

/** An instance and its way to Redis. */
interface Member {
  readonly service: TestService;
  readonly link: SeverableLink;
}

export interface PurgedFleet {
  /** Slow: each instance has a second of this clock to acknowledge a purge. */
  readonly clock: TestClock;
  readonly emulator: Emulator;
  readonly redis: RedisProcess;
  readonly one: TestService;
  readonly other: TestService;
  /** The instance that syncs now, and the one that follows: a jump of the clock may move the lease. */
  bySync(): Promise<{ syncing: Member; following: Member }>;
  /** Adds an image, and waits until the catalog of both instances knows it with its content. */
  addImage(): Promise<MarkedImage>;
  /** Waits until the catalogs of these instances are complete and have read all content. */
  untilRead(...services: TestService[]): Promise<void>;
}

const scannedAt = Date.UTC(2026, 0, 2);
const include = 'include=image,baseOs,files,hosts';

/** Registers its hooks in the `describe` that calls this function. All tests share the two instances. */
export function usePurgedFleet(): PurgedFleet {
  const closing: (() => Promise<unknown>)[] = [];
  const members = new Map<string, Member>();
  const fleet = { clock: TestClock.slow() } as { -readonly [Name in keyof PurgedFleet]: PurgedFleet[Name] };
  let added = 0;

  beforeAll(async () => {
    const { clock } = fleet;
    const redis = await startRedis();
    closing.push(() => redis.stop());
    const images = { registryImages: 12, localImages: 6 };
    const emulator = await startEmulator({ rate: 'off', totalRate: 'off', clock, ...images });
    closing.push(() => emulator.close());
    Object.assign(fleet, { redis, emulator });
    await untilAccountsAreTrusted(redis);
    fleet.one = await start('one');
    await soon(async () => (await statusOf(fleet.one)).complete);
    fleet.other = await start('other');
    await untilInAgreement(fleet.one, fleet.other);
    await fleet.untilRead(fleet.one, fleet.other);
  });

  afterAll(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function start(name: string): Promise<TestService> {
    const { emulator, clock, redis } = fleet;
    const link = await linkTo(redis.port);
    closing.push(() => link.close());
    const env = {
      INSTANCE_NAME: name,
      CATALOG: 'on',
      HSS_RATE: '1000/1s',
      HSS_TIMEOUT: '10m',
      REQUEST_DEADLINE: '10m',
    };
    const service = await startService({ emulator, clock, env, redisUrl: `redis://127.0.0.1:${link.port}` });
    closing.push(() => service.close());
    members.set(name, { service, link });
    return service;
  }

  /** Waits, and hurries the slow clock: no purge is under way. */
  const soon = (holds: () => Promise<boolean>) =>
    until(() => {
      fleet.clock.advance(200);
      return holds();
    });

  const statusOf = async (service: TestService) => (await service.get('/v1/catalog/status')).body;

  fleet.bySync = async () => {
    const isSyncing = async (name: string) =>
      String((await statusOf(members.get(name)!.service)).syncingInstance).startsWith(name);
    let names = ['one', 'other'];
    // While the lease moves, no instance takes itself for the holder.
    await until(async () => {
      if (await isSyncing(names[0]!)) return true;
      names = names.toReversed();
      return false;
    });
    const [syncing, following] = names.map((name) => members.get(name)!);
    return { syncing: syncing!, following: following! };
  };

  fleet.untilRead = (...services) =>
    soon(async () => {
      const all = await Promise.all(services.map(statusOf));
      return all.every(
        ({ complete, coverage: { files, baseOs } }) =>
          complete && files.known === files.total && baseOs.known === baseOs.total,
      );
    });

  fleet.addImage = async () => {
    const { data, journal } = fleet.emulator;
    const name = `marked-${(added += 1)}`;
    const { row } = data.addRegistryImage({ image_name: name, namespace: 'team' });
    const digest = row.image_digest!;
    data.addLocalImage({ image_name: name, image_version: row.image_version, image_digest: digest });
    const [oldFile, newFile] = [`old-of-${name}.so`, `new-of-${name}.so`];
    const scan = (severityLevel: string, file_name: string) =>
      data.rescan(digest, scannedAt, {
        severityLevel,
        files: [{ file_name, file_path: '/opt/', size: 1 }],
        basicImages: [{ os_name: 'Debian', os_version: '12' }],
      });
    scan('High', oldFile);
    // The calls of a consumer bring the rows into the catalog, and the content follows.
    for (const list of ['registry', 'local']) await fleet.one.get(`/v1/${list}-images?name=${name}`);
    const isKnown = async (service: TestService) =>
      (await service.get(`/v1/images?fileName=${oldFile}&onHosts=true`)).body.total === 1;
    for (const service of [fleet.one, fleet.other]) await soon(() => isKnown(service));
    await journal.settled();
    journal.clear();
    return {
      id: row.image_id ?? digest,
      digest,
      name,
      oldFile,
      newFile,
      changeSilently: () => void scan('Low', newFile),
      byDigest: (service, headers) => service.get(`/v1/images/${digest}?${include}`, headers),
      byName: (service, headers) =>
        service.get(`/v1/images/lookup?ref=team/${name}:${row.image_version}&${include}`, headers),
    };
  };
  return fleet;
}
