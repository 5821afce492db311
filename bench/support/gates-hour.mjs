// An hour of 20 gates and a dashboard. Meanwhile HSS rates images High without a new scan.
import { runGate, gateImages } from './gate.mjs';
import { atShare, seeded } from './seeded.mjs';
import { rate, startVirtually } from './virtual-service.mjs';

/** Each gate asks for some image about this often. */
const gateEveryMs = 180_000;
const dashboardEveryMs = 30_000;
const changeEveryMs = 30_000;
/** TTL_LISTS: no older answer is fresh. */
const freshMs = 60_000;

export async function gatesHour(dist, forMs) {
  const gates = Array.from({ length: 20 }, (_, gate) => `gate-${gate}`);
  const consumers = ['dashboard', ...gates];
  const world = await startVirtually(dist, { consumers, registryImages: 450, localImages: 300 });
  const { clock, emulator } = world;
  const images = gateImages(emulator);
  const choose = (random) => images[Math.floor(random() * images.length)];
  await untilComplete(world);

  emulator.journal.clear();
  const endsAt = clock.now() + forMs;
  const isOver = () => clock.now() >= endsAt;
  const runs = [];
  const changes = [];
  let polled = 0;
  let refused = 0;

  const gate = async (consumer) => {
    const random = seeded(consumer);
    await clock.sleep(random() * gateEveryMs);
    for (; !isOver(); await clock.sleep((0.5 + random()) * gateEveryMs)) {
      const image = choose(random);
      const ref = random() < 0.5 ? image.tagRef : image.digestRef;
      const run = await runGate(world, consumer, ref);
      runs.push({ ...run, digest: image.digest, endedAt: clock.now() });
    }
  };
  const dashboard = async () => {
    const merged = images.slice(0, 10).map(({ digest }) => `/v1/images/${digest}`);
    const paths = ['/v1/images?severity=high&limit=50', ...merged];
    for (; !isOver(); await clock.sleep(dashboardEveryMs)) {
      const answers = await Promise.all(paths.map((path) => world.ask('dashboard', path)));
      polled += answers.length;
      refused += answers.filter(({ status }) => status !== 200).length;
    }
  };
  const hss = async () => {
    const random = seeded('changes');
    for (; !isOver(); await clock.sleep(changeEveryMs)) {
      const { digest } = choose(random);
      emulator.data.changeRegistryImages({ image_digest: digest }, { severity_level: 'High' });
      changes.push({ digest, at: clock.now() });
    }
  };
  let isDone = false;
  void Promise.all([...gates.map(gate), dashboard(), hss()]).then(() => (isDone = true));
  await world.passUntil(() => isDone);

  const calls = emulator.journal.calls().filter(({ clockMs }) => clockMs < endsAt);
  const of = (api) => calls.filter((call) => call.api === api).length;
  const times = runs.map(({ tookMs }) => tookMs / 1_000);
  const count = (verdict) => runs.filter((run) => run.verdict === verdict).length;
  const isOutdated = ({ verdict, digest, endedAt }) =>
    verdict === 'pass' && changes.some((change) => change.digest === digest && change.at < endedAt - freshMs);
  return {
    calls: calls.length,
    registry: of('ListRegistryImages'),
    byName: calls.filter(({ api, query }) => api === 'ListRegistryImages' && query.image_name).length,
    local: of('ListImageLocal'),
    content: of('ListImageFiles') + of('ListImageBasicImage'),
    throttled: calls.filter(({ outcome }) => outcome === 429).length,
    mostInWindow: emulator.journal.busiestWindow(rate.windowMs, 'ListRegistryImages'),
    asked: runs.length,
    pass: count('pass'),
    bad: count('bad'),
    unknown: count('unknown'),
    outdated: runs.filter(isOutdated).length,
    atOnce:
      runs.filter(({ verdict, tookMs }) => verdict !== 'unknown' && tookMs < 1_000).length / runs.length,
    p50: atShare(times, 0.5),
    p95: atShare(times, 0.95),
    polled,
    refused,
  };
}

async function untilComplete({ clock, ask, passUntil }) {
  let isComplete = false;
  const watch = async () => {
    for (; !isComplete; await clock.sleep(5_000))
      isComplete = (await ask('dashboard', '/v1/catalog/status')).body.complete === true;
  };
  void watch();
  await passUntil(() => isComplete);
}
