/**
 * A rolling upgrade from an earlier release over one Redis, under load; then the same with another access key of the
 * same IAM user. Both releases serve side by side for a while, and read each other's entries, accounts, catalog log and
 * purges.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { buildService } from '../support/built-service.js';
import { startRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { atLeast, atMost, noted, withinRate, type Finding } from './findings.js';
import { adminKey, consumers, Fleet, type FleetScale, type Member } from './fleet.js';
import { buildCommit, hasCommit } from './old-release.js';

const oldCommit = '72f9a68';
const key = (name: string) => ({ ak: `EMULATORAK${name}`, sk: `emulatorSecretKeyOf${name}` });
const [before, after] = [key('BEFORE'), key('AFTER')];
const digest = 'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';
/** Everything that is warm before the upgrade. Lives are so long that only a lost entry would cost a call. */
const warmPaths = [
  '/v1/registry-images?limit=5',
  '/v1/local-images?limit=5',
  `/v1/images/${digest}`,
  `/v1/images/${digest}/files`,
  '/v1/images?limit=5',
  '/v1/catalog/status',
];
/** The blocks of the two lists among the warm paths. */
const readAgain = 2;
const lives = { TTL_LISTS: '1h', TTL_CONTENT: '7d', CATALOG: 'on', SHUTDOWN_DELAY: '1s' };

export async function upgrade(scale: FleetScale & { forMs: number }): Promise<Finding[]> {
  if (!hasCommit(oldCommit)) return [noted('skipped: this clone has no commit', oldCommit)];
  await buildService();
  const old = buildCommit(oldCommit);
  const reader = { name: 'reader', password: 'p', keys: [before, after] };
  const emulator = await startEmulator({
    rate: { ...scale.limit, kind: 'sliding' },
    totalRate: 'off',
    registryImages: 60,
    localImages: 40,
    users: [reader],
  });
  const fleet = new Fleet(emulator, await startRedis(), scale, lives);
  const rotation: Member[] = [];
  const load = new Load(() => rotation);
  const findings: Finding[] = [];
  try {
    for (let member = 0; member < 2; member += 1)
      rotation.push(await ready(await fleet.join(credentials(before), old.folder)));
    await Promise.all(warmPaths.map((path) => untilWarm(rotation[0]!, path)));
    const running = load.run();
    findings.push(
      ...(await roll('upgrade', { fleet, rotation, emulator, load, env: credentials(before) }, scale)),
    );
    findings.push(
      ...(await roll('new key', { fleet, rotation, emulator, load, env: credentials(after) }, scale)),
    );
    load.end();
    await running;
    return [
      ...findings,
      ...withinRate(emulator.journal, scale.limit),
      atMost('failed requests', load.failed.length, 0),
      ...load.failed.slice(0, 3).map((line) => noted('', line)),
      atLeast('requests', load.answered, 100),
      atMost('errors in the logs', fleet.complaints.length, 0),
      ...fleet.complaints.slice(0, 3).map((line) => noted('', line)),
    ];
  } finally {
    load.end();
    await fleet.end();
    old.remove();
  }
}

interface Roll {
  fleet: Fleet;
  rotation: Member[];
  emulator: Emulator;
  load: Load;
  env: Record<string, string>;
}

/** Replaces the instances one after the other. While both kinds serve, each purges what the other one holds. */
async function roll(what: string, { fleet, rotation, emulator, load, env }: Roll, scale: { forMs: number }) {
  const findings: Finding[] = [];
  const leaving = [...rotation];
  for (const [at, former] of leaving.entries()) {
    const next = await ready(await fleet.join(env));
    const callsBefore = emulator.journal.calls().length;
    const cold = [];
    for (const path of warmPaths) {
      const answer = await ask(next.url, path);
      if (answer.status !== 200) cold.push(`${path}: ${answer.status}`);
    }
    const calls = emulator.journal
      .calls()
      .slice(callsBefore)
      .filter(({ query }) => isOfWarmPath(query)).length;
    findings.push(atMost(`${what} ${at + 1}: warm paths without data on the new instance`, cold.length, 0));
    findings.push(...cold.map((line) => noted('', line)));
    // An earlier release names cache entries without the host of HSS, so the first new instance reads the lists again.
    const isFirst = what === 'upgrade' && at === 0;
    findings.push(atMost(`${what} ${at + 1}: calls for what was warm`, calls, isFirst ? readAgain : 0));
    rotation.push(next);
    if (at === 0)
      for (const [who, member] of [
        ['new', next],
        ['former', former],
      ] as const)
        findings.push(
          atMost(
            `${what}: a purge on the ${who} instance that another did not acknowledge`,
            await purge(member.url),
            0,
          ),
        );
    await load.answers(scale.forMs / 200);
    // A balancer takes an instance out before it stops, and tries another one where a connection is refused.
    rotation.splice(rotation.indexOf(former), 1);
    await sleep(50);
    findings.push(
      atMost(`${what} ${at + 1}: exit code of the former instance`, (await fleet.leave(former)) ?? -1, 0),
    );
  }
  return findings;
}

/** Blocks of a whole list begin at an offset; what the deltas and the look-ups ask has further conditions. */
const isOfWarmPath = (query: Record<string, string>) =>
  query['limit'] === '200' && !Object.keys(query).some((name) => /time|image_name|severity|risk/.test(name));

const credentials = ({ ak, sk }: { ak: string; sk: string }) => ({ CLOUD_SDK_AK: ak, CLOUD_SDK_SK: sk });

async function ask(url: string, path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url + path, {
    headers: { 'X-API-Key': consumers[0]!.key, connection: 'close', ...headers },
  });
  return { status: answer.status, text: await answer.text() };
}

/**
 * An instance is ready after ten seconds also with an unread catalog, and a busy machine may need longer to read it. An
 * instance that cannot read it at all shows in the calls.
 */
async function ready(member: Member): Promise<Member> {
  await until(async () => (await ask(member.url, '/health/ready')).status === 200, 600_000);
  await until(async () => (await ask(member.url, '/v1/images?limit=1')).status === 200, 600_000);
  return member;
}

async function untilWarm({ url }: Member, path: string): Promise<void> {
  await until(async () => {
    const { status, text } = await ask(url, path);
    return status === 200 && (path !== '/v1/catalog/status' || /"complete":true/.test(text));
  }, 600_000);
}

/** @returns the number of instances that did not acknowledge a purge of a tag that no warm path has. */
async function purge(url: string): Promise<number> {
  const answer = await fetch(`${url}/v1/admin/cache/purge`, {
    method: 'POST',
    headers: { 'X-API-Key': adminKey, 'content-type': 'application/json' },
    body: JSON.stringify({ tag: 'image:0000000000000000000000000000000000000000000000000000000000000000' }),
  });
  const { missing = [] } = (await answer.json()) as { missing?: string[] };
  return answer.status === 200 ? missing.length : 1;
}

/** Without pauses the clients would take the cores that the instances need for their start. */
const pauseMs = 50;

/** Requests of a few clients, each on a connection of its own, with a second try elsewhere. */
class Load {
  answered = 0;
  readonly failed: string[] = [];
  #isOver = false;

  constructor(private readonly rotation: () => readonly Member[]) {}

  end(): void {
    this.#isOver = true;
  }

  /** Resolves after this many further answers. */
  async answers(count: number): Promise<void> {
    const target = this.answered + count;
    await until(() => this.answered >= target, 600_000);
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: 4 }, (_, client) => this.#client(client)));
  }

  async #client(client: number): Promise<void> {
    for (let at = client; !this.#isOver; at += 1) {
      const path = warmPaths[at % warmPaths.length]!;
      const members = this.rotation();
      const [first, second] = [members[at % members.length]!, members[(at + 1) % members.length]!];
      const outcome = await ask(first.url, path)
        .catch(() => ask(second.url, path))
        .then(({ status }) => status, String);
      this.answered += 1;
      if (outcome !== 200) this.failed.push(`${path}: ${outcome}`);
      await sleep(pauseMs);
    }
  }
}
