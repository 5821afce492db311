/**
 * A service with two consumers that see different namespaces, and a catalog that follows the emulator step by step, as the
 * sync would make the steps. Two worlds with equal steps answer equally, so a test can leave one team out of one world.
 */
import { startEmulator, type Emulator } from '../../../emulator/emulator.js';
import type { LocalImageRow, RegistryImageRow } from '../../../emulator/data/rows.js';
import type { ContentDocument } from '../../../src/catalog/model/documents.js';
import { registryRecords } from '../../../src/catalog/model/rows.js';
import { ChangeSetBuilder } from '../../../src/catalog/sync/change-set-builder.js';
import { RecentReads } from '../../../src/catalog/sync/recent-reads.js';
import { toLocalImageRow } from '../../../src/endpoints/local-images/local-image.row.js';
import { toRegistryImageRow } from '../../../src/endpoints/registry-images/registry-image.row.js';
import type { RawRow } from '../../../src/hss/envelope.js';
import { plainDigest } from '../../../src/domain/digest.js';
import { contentDocuments } from '../catalog.js';
import { entry, fileOf, MountedFile } from '../consumers.js';
import { quiet } from './passing.js';
import { startService, type TestAnswer, type TestService } from '../service.js';
import { TestClock } from '../test-clock.js';

const keyOf = (id: string) => `key-of-${id}-0123456789`;

/** A registry row of HSS with a digest and an id, by which later changes name the row. */
export type Entry = RegistryImageRow & { id: bigint; image_digest: string };

/** A row of a private image of its own digest. */
export function rowIn(namespace: string, id: number): Entry {
  return {
    id: BigInt(id),
    namespace,
    registry_name: 'swr',
    image_type: 'private_image',
    image_name: `app-${id}`,
    image_version: '1',
    image_digest: `sha256:${id.toString().padStart(64, '0')}`,
  };
}

/** A row on one host. */
export interface OnHost {
  digest: string;
  host: string;
  containers: number;
}

/** One step of the catalog. */
export interface Change {
  put?: Entry[];
  remove?: bigint[];
  hosts?: OnHost[];
  /**
   * Digests whose content the sync reads in this step, as of all scans to come: content belongs to the digest, so a scan in
   * any namespace would count.
   */
  contents?: string[];
}

const startsAt = Date.UTC(2026, 0, 10);

export class World {
  readonly #entries = new Map<bigint, Entry>();
  /** Queries of the tables. */
  queries = 0;

  private constructor(
    readonly emulator: Emulator,
    readonly service: TestService,
    private readonly clock: TestClock,
    private readonly file: MountedFile,
  ) {
    service.changes.begin(service.catalog.epoch, 0, clock.now());
  }

  /** @param consumers the fields of the entries by id. @param settings of the service. */
  static async start(
    consumers: Record<string, Record<string, unknown>>,
    settings: Record<string, string> = {},
  ): Promise<World> {
    const clock = new TestClock(0, startsAt);
    const file = new MountedFile(
      fileOf(...Object.entries(consumers).map(([id, fields]) => entry(id, { key: keyOf(id), ...fields }))),
    );
    const emulator = await startEmulator({ rate: 'off', clock, registryImages: 0, localImages: 0 });
    const unlimited = { HSS_RATE: '1000000/1s', HSS_RATE_TOTAL: '1000000/1s' };
    const env = { ...unlimited, ...settings, CONSUMERS_FILE: file.path };
    const service = await startService({ emulator, clock, env, logLevel: 'warn' });
    return new World(emulator, service, clock, file);
  }

  get now(): number {
    return this.clock.now();
  }

  get calls(): number {
    return this.emulator.journal.calls().length;
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.clock.advance(ms);
  }

  /**
   * Moves the clock by a second, changes HSS, and lets the catalog follow. Work in the background ends first: in real time it
   * would end at another second in each run.
   */
  async step({ put = [], remove = [], hosts = [], contents = [] }: Change): Promise<void> {
    const { emulator } = this;
    await quiet(emulator);
    this.clock.advance(1_000);
    const { catalog, changes } = this.service;
    const { now } = this;
    const sync = structuredClone(catalog.sync);
    const builder = new ChangeSetBuilder(catalog, new RecentReads(this.clock), sync, now);
    for (const list of [sync.registry, sync.local]) Object.assign(list, { walkedAt: now, deltaAt: now });
    for (const id of remove) {
      const old = this.#entries.get(id);
      if (!old) continue;
      emulator.data.removeRegistryImages({ id });
      for (const { key, rowKey } of registryRecords(toRegistryImageRow(old), now).slice(0, 1))
        builder.remove('registry', key, rowKey, now);
      this.#entries.delete(id);
    }
    for (const row of put) {
      emulator.data.removeRegistryImages({ id: row.id });
      const whole = emulator.data.addRegistryImage({ latest_update_time: now, ...row }).row as Entry;
      this.#entries.set(row.id, whole);
      builder.upsert('registry', toRegistryImageRow(whole), now);
    }
    for (const onHost of hosts) builder.upsert('local', toLocalImageRow(localRow(onHost)), now);
    const step = builder.finish(catalog.version + 1, true);
    if (!step) throw new Error('A step changes the time of the walk at least');
    const read = contents.flatMap((digest) => builder.document(plainDigest(digest)) ?? []);
    const whole = { ...step, contents: contentDocuments(emulator, read, now).map(ofAllScans) };
    await catalog.apply(whole);
    changes.record(whole);
  }

  ask(consumer: string, path: string, init: RequestInit = {}): Promise<TestAnswer> {
    return this.service.request(path, {
      ...init,
      headers: { 'X-API-Key': keyOf(consumer), 'X-Request-Id': 'same', ...init.headers },
    });
  }

  /** Counts the queries from now on. */
  countQueries(): void {
    const { engine } = (this.service.catalog as unknown as { history: { engine: { readerFor: unknown } } })
      .history;
    const of = engine.readerFor as (
      asker: unknown,
    ) => Record<'ask' | 'askColumn', (...of: unknown[]) => unknown>;
    engine.readerFor = (asker: unknown) => {
      const reader = of.call(engine, asker);
      const counted =
        (name: 'ask' | 'askColumn') =>
        (...given: unknown[]) => {
          this.queries += 1;
          return reader[name](...given);
        };
      return { ask: counted('ask'), askColumn: counted('askColumn') };
    };
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.emulator.close();
    this.file.close();
  }
}

function ofAllScans({ baseOs, files, ...content }: ContentDocument): ContentDocument {
  const scannedUntil = '2027-01-01T00:00:00.000Z';
  return {
    ...content,
    baseOs: baseOs && { ...baseOs, scannedUntil },
    files: files && { ...files, scannedUntil },
  };
}

function localRow({ digest, host, containers }: OnHost): RawRow {
  const row: LocalImageRow = {
    image_id: digest,
    image_digest: digest,
    image_name: 'on-host',
    image_version: 'v1',
    local_image_type: 'swr_image',
    scan_status: 'success',
    latest_scan_time: startsAt,
    severity_level: 'High',
    vul_num: 900,
  };
  return {
    ...row,
    host_id: host,
    host_name: `name-${host}`,
    agent_id: `agent-${host}`,
    container_num: containers,
  };
}
