/** The kinds of change in HSS whose lag is measured, and how the catalog shows each. */
import type { Emulator } from '../../emulator/emulator.js';
import type { LocalImageRow, RegistryImageRow } from '../../emulator/data/rows.js';
import type { SeededRandom } from '../../emulator/data/seeded-random.js';
import type { HostRecord, RegistryRecord } from '../../src/catalog/model/documents.js';
import type { MemoryCatalog } from '../support/catalog/memory-catalog.js';

/** Whether the catalog shows the change. */
export type Shows = (store: MemoryCatalog) => boolean;

/** Makes one change of a row that was not changed before. Undefined: no such row is left. */
type Change = (world: LagWorld) => Shows | undefined;

/** No row is changed twice, so that each change can be told from the others. */
export class LagWorld {
  readonly #taken = new Set<string>();

  constructor(
    readonly emulator: Emulator,
    private readonly random: SeededRandom,
    readonly now: () => number,
  ) {}

  /** A new row stays as it is until it shows. */
  claim({ id }: RegistryImageRow): void {
    this.#taken.add(`r${String(id)}`);
  }

  registryRow(fits: (row: RegistryImageRow) => boolean = () => true): RegistryImageRow | undefined {
    const { registryImages } = this.emulator.data;
    const isAlone = (row: RegistryImageRow) => row.id !== undefined && row.id !== null && fits(row);
    return this.#pick(registryImages, isAlone, ({ id }) => `r${String(id)}`);
  }

  localRow(fits: (row: LocalImageRow) => boolean = () => true): LocalImageRow | undefined {
    return this.#pick(this.emulator.data.localImages, fits, ({ image_id }) => `l${String(image_id)}`);
  }

  #pick<Row extends { image_name?: unknown; image_version?: unknown }>(
    images: readonly { row: Row }[],
    fits: (row: Row) => boolean,
    nameOf: (row: Row) => string,
  ): Row | undefined {
    for (let tries = 0; tries < 200; tries += 1) {
      const { row } = images[this.random.integer(0, images.length - 1)]!;
      const name = nameOf(row);
      if (this.#taken.has(name) || !row.image_name || !row.image_version || !fits(row)) continue;
      this.#taken.add(name);
      return row;
    }
    return undefined;
  }
}

const scanned = (row: RegistryImageRow | LocalImageRow) => row.scan_status === 'success';
const isHigh = (row: RegistryImageRow) => scanned(row) && row.severity_level === 'High';
const isMild = (row: RegistryImageRow) => scanned(row) && row.severity_level === 'Low';
const matching = ({ id }: RegistryImageRow) => ({ id });

function entriesOf(store: MemoryCatalog, row: RegistryImageRow): (RegistryRecord & { key: string })[] {
  const { namespace, image_name: name, image_version: tag } = row;
  return store
    .keysNamed({ ...(namespace ? { namespace } : {}), name: name!, tag: tag! })
    .flatMap((key) => (store.document(key)?.entries ?? []).map((entry) => ({ ...entry, key })))
    .filter(({ variantOf, rowKey }) => variantOf === null && rowKey === `registry/${String(row.id)}`);
}

function hostsOf(store: MemoryCatalog, row: LocalImageRow): HostRecord[] {
  const named = store.keysNamed({ name: row.image_name!, tag: row.image_version! });
  return named
    .flatMap((key) => store.document(key)?.onHosts ?? [])
    .filter((host) => host.row.imageId === row.image_id);
}

function changed(
  world: LagWorld,
  row: RegistryImageRow | undefined,
  changes: RegistryImageRow,
  shows: (entry: RegistryRecord) => boolean,
) {
  if (!row) return undefined;
  world.emulator.data.changeRegistryImages(matching(row), changes);
  return (store: MemoryCatalog) => entriesOf(store, row).some(shows);
}

function scanOf(world: LagWorld, row: RegistryImageRow | undefined): Shows | undefined {
  const at = world.now();
  const shown = new Date(at).toISOString();
  return changed(world, row, { latest_scan_time: at }, (entry) => entry.row.scan.scannedAt === shown);
}

/** @param timeMoves whether the update time of the row is the time of the move. */
function moved(world: LagWorld, timeMoves: boolean): Shows | undefined {
  const row = world.registryRow();
  if (!row) return undefined;
  const latest_update_time = timeMoves ? world.now() : row.latest_update_time;
  world.emulator.data.moveTag(matching(row), { changes: { latest_update_time } });
  const digest = world.emulator.data.registryImages.find(({ row: { id } }) => id === row.id)?.row
    .image_digest;
  return (store) => entriesOf(store, row).some((entry) => entry.row.digest === digest);
}

function withVulnerabilities(world: LagWorld, row: RegistryImageRow | undefined): Shows | undefined {
  const vul_num = (row?.vul_num ?? 0) + 1;
  return changed(
    world,
    row,
    { vul_num },
    (entry) => Number(entry.row.findingCounts.vulnerabilities) === vul_num,
  );
}

export interface Kind {
  name: string;
  change: Change;
  /** The goal for the 95th percentile in seconds, by the number of rows. Undefined: only stated. */
  goal: (rows: number) => number | undefined;
  /** Only the next walk over all rows shows the change. */
  byWalk?: boolean;
}

const soon = () => 75;
const stated = () => undefined;
/**
 * The count starts a walk within 75 s, or the running walk ends first; then the walk, and one call. Deltas leave walks
 * two and a half calls of five a minute. A search by totals takes less.
 */
const walkAndCall = (rows: number) => 75 + 2 * 24 * Math.max(1, Math.ceil(rows / 200)) + 60;

export const kinds: Kind[] = [
  { name: 'rescanned', goal: soon, change: (world) => scanOf(world, world.registryRow(scanned)) },
  {
    name: 'new image',
    goal: soon,
    change: (world) => {
      const { row } = world.emulator.data.addRegistryImage({
        scan_status: 'unscan',
        latest_update_time: world.now(),
      });
      world.claim(row);
      return (store) => entriesOf(store, row).length > 0;
    },
  },
  { name: 'moved tag', goal: soon, change: (world) => moved(world, true) },
  {
    name: 'failed scan',
    goal: soon,
    change: (world) => {
      const changes = { scan_status: 'failed', latest_update_time: world.now() };
      return changed(
        world,
        world.registryRow(scanned),
        changes,
        (entry) => entry.row.scan.status === 'failed',
      );
    },
  },
  { name: 'moved tag, no time moves', byWalk: true, goal: stated, change: (world) => moved(world, false) },
  {
    name: 'removed from the registry',
    goal: walkAndCall,
    change: (world) => {
      const row = world.registryRow();
      if (!row || world.emulator.data.removeRegistryImages(matching(row)) !== 1) return undefined;
      return (store) => entriesOf(store, row).length === 0;
    },
  },
  {
    name: 'removed from a host',
    goal: walkAndCall,
    change: (world) => {
      const row = world.localRow();
      if (!row) return undefined;
      world.emulator.data.removeLocalImages({ image_id: row.image_id! });
      return (store) => hostsOf(store, row).length === 0;
    },
  },
  {
    name: 'counts of a risky row',
    goal: (rows) => (rows <= 10_000 ? 900 : undefined),
    change: (world) => withVulnerabilities(world, world.registryRow(isHigh)),
  },
  {
    name: 'severity rises to high',
    goal: (rows) => (rows <= 10_000 ? 900 : undefined),
    change: (world) =>
      changed(
        world,
        world.registryRow(isMild),
        { severity_level: 'High' },
        ({ row }) => row.severity === 'high',
      ),
  },
  {
    name: 'severity falls from high',
    goal: (rows) => (rows <= 10_000 ? 900 : undefined),
    change: (world) =>
      changed(
        world,
        world.registryRow(isHigh),
        { severity_level: 'Low' },
        ({ row }) => row.severity === 'low',
      ),
  },
  {
    name: 'counts of another row',
    byWalk: true,
    goal: stated,
    change: (world) => withVulnerabilities(world, world.registryRow(isMild)),
  },
  {
    name: 'a container comes or goes',
    goal: soon,
    change: (world) => {
      const row = world.localRow();
      if (!row) return undefined;
      const container_num = (row.container_num ?? 0) + 1;
      const changes = { container_num, latest_update_time: world.now() };
      world.emulator.data.changeLocalImages({ image_id: row.image_id! }, changes);
      return (store) => hostsOf(store, row).some((host) => Number(host.row.containerCount) === container_num);
    },
  },
];
