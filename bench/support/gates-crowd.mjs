// Many gates that ask at the same moment while the catalog walks over a registry of 10,000 images.
import { gateImages, patienceMs, runGate } from './gate.mjs';
import { atShare } from './seeded.mjs';
import { rate, startVirtually } from './virtual-service.mjs';

const crowds = [
  { gates: 20, by: 'tagRef', keys: 'one each' },
  { gates: 20, by: 'digestRef', keys: 'one each' },
  { gates: 20, by: 'tagRef', keys: 'one for all' },
  { gates: 100, by: 'tagRef', keys: 'one each' },
  { gates: 100, by: 'digestRef', keys: 'one each' },
  { gates: 100, by: 'tagRef', keys: 'one for all' },
];
/** Calls for gates of the last crowd no longer count against the limit; the walk goes on meanwhile. */
const betweenMs = 2 * rate.windowMs;

export async function gatesCrowd(dist) {
  const consumers = Array.from({ length: 100 }, (_, gate) => `gate-${gate}`);
  const world = await startVirtually(dist, { consumers, registryImages: 10_000, localImages: 300 });
  const { clock, emulator } = world;
  const { journal } = emulator;
  const images = gateImages(emulator);
  const walkCalls = () => journal.calls('ListRegistryImages').filter(isWalkCall);
  const nextWalk = () => world.passUntil(() => Number(walkCalls().at(-1)?.query.offset) === 400);
  const endOfWalk = () => world.passUntil(() => Number(walkCalls().at(-1)?.query.offset) >= 9_800);

  // The first walk completes the catalog. A new image makes the next walk due soon.
  await endOfWalk();
  emulator.data.addRegistryImage();
  await nextWalk();

  /** All gates of the crowd ask now, and never give up. */
  const run = async ({ gates, by, keys }, asked) => {
    journal.clear();
    const runs = [];
    for (let gate = 0; gate < gates; gate += 1) {
      const consumer = keys === 'one each' ? `gate-${gate}` : 'gate-0';
      void runGate(world, consumer, asked[gate % asked.length][by], Infinity).then((each) => runs.push(each));
    }
    await world.passUntil(() => runs.length === gates);
    const times = runs.map(({ tookMs }) => tookMs);
    const calls = journal.calls('ListRegistryImages');
    return {
      gates,
      images: asked.length,
      by: by === 'tagRef' ? 'tag' : 'digest',
      keys,
      p50: atShare(times, 0.5) / 1_000,
      p95: atShare(times, 0.95) / 1_000,
      inPatience: times.filter((ms) => ms <= patienceMs).length,
      perMinute: (60_000 * gates) / Math.max(...times, 1),
      unknown: runs.filter(({ verdict }) => verdict === 'unknown').length,
      callsByName: calls.filter(({ query }) => query.image_name).length,
      walkCalls: calls.filter(isWalkCall).length,
      mostInWindow: journal.busiestWindow(rate.windowMs, 'ListRegistryImages'),
    };
  };

  const results = [];
  const [same, ...distinct] = byName(images);
  for (const crowd of crowds) {
    results.push(await run(crowd, distinct.splice(0, crowd.gates)));
    const beginsAt = clock.now() + betweenMs;
    await world.passUntil(() => clock.now() >= beginsAt);
  }
  const sameImage = { gates: 20, by: 'tagRef', keys: 'one each' };
  results.push(await run(sameImage, [same]), await run(sameImage, [same]));
  return results;
}

/** A block of a walk, but not the first: a call for the whole list, not for a name or for what was scanned lately. */
function isWalkCall({ query }) {
  return !query.image_name && query.start_latest_scan_time === undefined && query.offset !== '0';
}

/** One image of each name: one call tells all tags of a name to gates that ask by digest. */
function byName(images) {
  return [...new Map(images.map((image) => [image.name, image])).values()];
}
