import { isComplete } from '../../src/catalog/model/sync-state.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { SeededRandom } from '../../emulator/data/seeded-random.js';
import { startInstance, type CatalogInstance } from '../support/catalog/instance.js';
import { pass, passUntil } from '../support/catalog/passing.js';
import { differences, shapeOf, truth } from '../support/catalog/truth.js';
import { TestClock } from '../support/test-clock.js';
import { atMost, noted, type Finding } from './findings.js';

const minute = 60_000;

/** Rows appear, disappear and are scanned between the calls of the first walks; then the rows stop changing. */
export async function shifting(runs: number): Promise<Finding[]> {
  let [wrong, calls] = [0, 0];
  const told: string[] = [];
  for (let seed = 1; seed <= runs; seed += 1) {
    const { differences: found, listCalls } = await shiftingRun(seed);
    wrong += found.length > 0 ? 1 : 0;
    calls += listCalls;
    if (found.length > 0) told.push(`seed ${seed}: ${found.length} rows, ${found[0]!.slice(0, 120)}`);
  }
  return [
    noted('runs', runs),
    {
      ...atMost('catalogs that differ from HSS after one reconciliation', wrong, 0),
      ...(wrong > 0 && { measured: told.join('; ') }),
    },
    noted('list calls a run', calls / runs),
  ];
}

async function shiftingRun(seed: number): Promise<{ differences: string[]; listCalls: number }> {
  const random = new SeededRandom(`shifting/${seed}`);
  const clock = new TestClock();
  const emulator = await startEmulator({
    seed,
    clock,
    rate: 'off',
    totalRate: 'off',
    registryImages: random.integer(0, 900),
    localImages: random.integer(0, 900),
    localListing: random.pick(['per-host', 'per-image'] as const),
  });
  // Only the lists matter here: reading the content of images would take most of the time.
  for (const api of ['ListImageFiles', 'ListImageBasicImage'] as const)
    emulator.faults.schedule({ api, kind: 'status', status: 500, times: 1_000_000 });
  const instance = await startInstance({ emulator, clock, rate: { limit: 1000, windowMs: minute } });
  const over = new AbortController();
  try {
    const changing = changeBetweenCalls(emulator, random, clock, over.signal);
    await passUntil(clock, emulator, () => isComplete(instance.store.sync));
    await pass(clock, emulator, 3 * minute, 1_000);
    over.abort();
    await changing;
    await passUntil(clock, emulator, () => !isWalking(instance));
    await reconciled(instance, emulator, clock);
    const listCalls = emulator.journal.calls().filter(({ path }) => /images$|local-repositories$/.test(path));
    return {
      differences: differences(await shapeOf(instance.store), truth(emulator)),
      listCalls: listCalls.length,
    };
  } finally {
    over.abort();
    await instance.close();
    await emulator.close();
  }
}

/** Waits for one more complete reconciliation of both lists that begins after now. */
async function reconciled({ store }: CatalogInstance, emulator: Emulator, clock: TestClock): Promise<void> {
  const since = clock.now();
  const isDone = () =>
    [store.sync.registry, store.sync.local].every(({ walk, walkedAt }) => !walk && (walkedAt ?? 0) > since);
  await passUntil(clock, emulator, isDone, { stepMs: 2_000 });
}

function isWalking({ store }: CatalogInstance): boolean {
  return store.sync.registry.walk !== null || store.sync.local.walk !== null;
}

async function changeBetweenCalls(
  emulator: Emulator,
  random: SeededRandom,
  clock: TestClock,
  over: AbortSignal,
): Promise<void> {
  for (let seen = 0; !over.aborted;) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const { length } = emulator.journal.entries;
    if (length === seen) continue;
    seen = length;
    for (let changes = random.integer(0, 4); changes > 0; changes -= 1) change(emulator, random, clock.now());
  }
}

function change({ data }: Emulator, random: SeededRandom, now: number): void {
  const at = random.pick(['first', 'last'] as const);
  const registry = data.registryImages;
  const local = data.localImages;
  const one = registry[random.integer(0, Math.max(0, registry.length - 1))]?.row;
  const other = local[random.integer(0, Math.max(0, local.length - 1))]?.row;
  const actions = [
    () =>
      data.addRegistryImage(random.chance(0.5) ? {} : { scan_status: 'unscan', latest_scan_time: 0 }, { at }),
    () => one && data.removeRegistryImages({ id: one.id ?? null, image_name: one.image_name ?? null }),
    () => one?.image_digest && data.rescan(one.image_digest, now, { vulNum: random.integer(0, 99) }),
    () => data.addLocalImage({}, { at }),
    () => other && data.removeLocalImages({ image_id: other.image_id ?? null }),
    () => one?.image_digest && data.setScanStatus(one.image_digest, 'failed'),
    // One row leaves and another row is appended: the total stays the same.
    () => {
      if (one) data.removeRegistryImages({ id: one.id ?? null, image_name: one.image_name ?? null });
      data.addRegistryImage({}, { at: 'last' });
    },
  ];
  actions[random.integer(0, actions.length - 1)]?.();
}
