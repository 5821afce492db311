/**
 * Random histories of a few rows of HSS, and what two instances say of these rows meanwhile. An answer may show a
 * value only if HSS said the value at `fetchedAt` or later. A strict answer must be within its fresh life too.
 */
import fc from '../support/fast-check.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { longCalls, passUntil, quiet } from '../support/catalog/passing.js';
import { realProcess } from '../support/real-process.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startService, type TestAnswer, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { atLeast, atMost, noted, type Finding } from './findings.js';

const freshMs = 60_000;
const namespace = 'history';
const tags = ['1', '2'];
const statuses = ['success', 'success', 'scanning', 'failed', 'unscan'];
const severities = ['Security', 'Low', 'Medium', 'High'];
const shownStatus: Record<string, string> = {
  success: 'completed',
  scanning: 'scanning',
  failed: 'failed',
  unscan: 'not-scanned',
};
const shownSeverity: Record<string, string> = {
  Security: 'none',
  Low: 'low',
  Medium: 'medium',
  High: 'high',
};
const ranks = ['none', 'low', 'medium', 'high'];

type Step =
  | { kind: 'rescan' | 'status' | 'severity' | 'move' | 'remove' | 'add'; tag: string; value: number }
  | { kind: 'pass'; ms: number }
  | { kind: 'purge'; tag: string; instance: number }
  | { kind: 'restart'; instance: number }
  | {
      kind: 'ask';
      tag: string;
      by: 'name' | 'digest';
      how: 'plain' | 'strict' | 'max-age';
      instance: number;
    };

const tag = fc.constantFrom(...tags);
const instance = fc.nat(1);
const ask = fc.record({
  kind: fc.constant('ask' as const),
  tag,
  by: fc.constantFrom('name' as const, 'digest' as const),
  how: fc.constantFrom('plain' as const, 'strict' as const, 'max-age' as const),
  instance,
});
const change = fc.record({
  kind: fc.constantFrom<'rescan' | 'status' | 'severity' | 'move' | 'remove' | 'add'>(
    'rescan',
    'status',
    'severity',
    'move',
    'remove',
    'add',
  ),
  tag,
  value: fc.nat(59),
});
const pass = fc.record({
  kind: fc.constant('pass' as const),
  ms: fc.constantFrom(100, 5_000, 30_000, 61_000, 300_000, 1_000_000),
});
const purge = fc.record({ kind: fc.constant('purge' as const), tag, instance });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: ask },
  { weight: 6, arbitrary: change },
  { weight: 3, arbitrary: pass },
  { weight: 1, arbitrary: purge },
);
const history = fc.array(step, { minLength: 8, maxLength: 20 });
/** The rows of histories that are over stay in the catalog's log, so each part of the histories has a world of its own. */
const partSize = 100;
/** How often a request is sent to a service that is still loading the catalog. */
const mostTries = 10;
/** The history of each part that has a restart, which takes a second of real time. */
const restartAt = 90;

/** A row of HSS as an answer shows the row. Null: HSS does not list the row. */
type Said = { digest: string; status: string; severity: string | null } | null;

/** Everything that HSS has said of the rows of one history, by tag, with the time from which HSS said it. */
class Truth {
  readonly #said = new Map<string, { from: number; said: Said }[]>();

  note(tag: string, from: number, said: Said): void {
    const all = this.#said.get(tag) ?? [];
    all.push({ from, said });
    this.#said.set(tag, all);
  }

  /** What HSS said of the row at any moment from `since` to now. */
  since(tag: string, since: number): Said[] {
    const all = this.#said.get(tag) ?? [];
    return all.filter((_, at) => (all[at + 1]?.from ?? Infinity) >= since).map(({ said }) => said);
  }

  now(tag: string): Said {
    return this.#said.get(tag)?.at(-1)?.said ?? null;
  }
}

const seed = 12;

/** What the instances of one or more worlds answered. */
class Answers {
  asked = 0;
  strict = 0;
  readonly wrong: string[] = [];
}

export async function answers(histories: number): Promise<Finding[]> {
  const all = fc.sample(history, { numRuns: histories, seed });
  const given = new Answers();
  for (let first = 0; first < histories; first += partSize) {
    const part = all.slice(first, first + partSize);
    await liveThrough(part, first, given);
    if (histories > partSize) report(first + part.length, histories, given);
  }
  const { asked, strict, wrong } = given;
  return [
    noted('histories, answers', `${histories} ${asked}`),
    atLeast('strict answers with a value, for each history', strict / histories, 0.5),
    atMost('answers that HSS did not say at fetchedAt or later', wrong.length, 0),
    ...wrong.slice(0, 3).map((text) => noted(text, '')),
  ];
}

async function liveThrough(part: readonly Step[][], first: number, given: Answers): Promise<void> {
  const clock = new TestClock();
  const redis = await startRedis();
  const emulator = await startEmulator({ clock, rate: 'off', registryImages: 5, localImages: 3 });
  const world = new World(clock, redis, emulator, given);
  try {
    await world.start();
    for (const [index, steps] of part.entries()) await world.live(first + index, steps);
  } finally {
    await world.close();
    await emulator.close();
    await redis.stop();
  }
}

/** The whole check takes long: a reader of the terminal sees that it goes on. */
function report(lived: number, histories: number, { asked, wrong }: Answers): void {
  realProcess.stdout.write(`${lived} of ${histories} histories, ${asked} answers, ${wrong.length} wrong\n`);
}

class World {
  readonly #services: TestService[] = [];

  constructor(
    private readonly clock: TestClock,
    private readonly redis: RedisProcess,
    private readonly emulator: Emulator,
    private readonly given: Answers,
  ) {}

  async start(): Promise<void> {
    for (const at of [0, 1]) this.#services[at] = await this.#startOne();
    await this.#untilComplete();
  }

  async close(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.close()));
  }

  async live(number: number, steps: readonly Step[]): Promise<void> {
    const truth = new Truth();
    const name = `app-${number}`;
    for (const each of tags) this.#change({ kind: 'add', tag: each, value: number }, name, truth);
    const all = number % partSize === restartAt ? [...steps, restart(number), ...steps] : steps;
    for (const [at, each] of all.entries()) {
      if (each.kind === 'pass') {
        this.clock.advance(each.ms);
        await quiet(this.emulator);
      } else if (each.kind === 'ask') await this.#ask(each, name, truth, [number, at, all]);
      else if (each.kind === 'restart') await this.#restart(each.instance);
      else if (each.kind === 'purge') {
        const digest = truth.now(each.tag)?.digest;
        if (digest !== undefined) await this.#services[each.instance]!.purge({ tag: `image:${digest}` });
      } else this.#change(each, name, truth);
    }
    this.emulator.data.removeRegistryImages({ namespace, image_name: name });
    this.emulator.journal.clear();
  }

  #change(
    { kind, tag: image_version, value }: Extract<Step, { value: number }>,
    image_name: string,
    truth: Truth,
  ) {
    const { data } = this.emulator;
    const match = { namespace, image_name, image_version };
    const known = truth.now(image_version) !== null;
    const status = statuses[value % statuses.length]!;
    const severity = severities[value % severities.length]!;
    if (kind === 'add' && !known)
      data.addRegistryImage({
        ...match,
        scan_status: 'success',
        severity_level: severity,
        latest_scan_time: 1_600_000_000_000 + value,
      });
    if (kind === 'rescan') {
      const changes = {
        scan_status: 'success',
        severity_level: severity,
        latest_scan_time: this.clock.now(),
      };
      data.changeRegistryImages(match, changes);
    }
    if (kind === 'status') data.changeRegistryImages(match, { scan_status: status });
    if (kind === 'severity') data.changeRegistryImages(match, { severity_level: severity });
    if (kind === 'move') {
      const other = truth.now(tags.find((each) => each !== image_version)!)?.digest;
      const to = value % 2 === 0 && other !== undefined ? { digest: other } : {};
      data.moveTag(match, { ...to, entry: value % 3 === 0 ? 'new' : 'same' });
    }
    if (kind === 'remove') data.removeRegistryImages(match);
    const row = data.registryImages.find(
      ({ row }) => row.image_name === image_name && row.image_version === image_version,
    )?.row;
    const severityNow = row?.severity_level;
    truth.note(
      image_version,
      this.clock.now(),
      row
        ? {
            digest: row.image_digest!,
            status: shownStatus[row.scan_status!]!,
            severity: severityNow === null || severityNow === undefined ? null : shownSeverity[severityNow]!,
          }
        : null,
    );
  }

  async #ask(
    { tag, by, how, instance }: Extract<Step, { kind: 'ask' }>,
    name: string,
    truth: Truth,
    place: unknown[],
  ): Promise<void> {
    const digest = truth.now(tag)?.digest;
    const ref = by === 'digest' && digest !== undefined ? digest : `${namespace}/${name}:${tag}`;
    const headers: Record<string, string> = {
      ...(how === 'strict' ? { Prefer: 'handling=strict' } : {}),
      ...(how === 'max-age' ? { 'Cache-Control': 'max-age=1' } : {}),
    };
    const path = `/v1/images/lookup?ref=${encodeURIComponent(ref)}&include=image`;
    let askedAt = this.clock.now();
    let answer = await this.#services[instance]!.get(path, headers);
    // A service that is still loading the catalog says so, and when to come back.
    for (let tries = 1; answer.body.code === 'catalog-not-ready' && tries < mostTries; tries += 1) {
      this.clock.advance(1_000 * Number(answer.headers.get('retry-after')));
      await quiet(this.emulator);
      // Reading the log of the catalog takes real time, in which the told times of many tries would pass.
      await until(async () => (await this.#services[instance]!.get('/v1/images?limit=1')).status === 200);
      askedAt = this.clock.now();
      answer = await this.#services[instance]!.get(path, headers);
    }
    this.given.asked += 1;
    if (how === 'strict' && answer.status === 200) this.given.strict += 1;
    const why = judge(answer, { ref, tag, isStrict: how === 'strict', askedAt }, truth);
    if (why === undefined) return;
    const text = `${why}: ${JSON.stringify({ ref, how, askedAt, body: answer.text.slice(0, 900) })}`;
    this.given.wrong.push(`${text} ${JSON.stringify(place)}`);
  }

  async #restart(instance: number): Promise<void> {
    await this.#services[instance]!.close();
    this.#services[instance] = await this.#startOne();
    await this.#untilComplete();
  }

  #startOne(): Promise<TestService> {
    const { emulator, clock, redis } = this;
    const env = { CATALOG: 'on', HSS_USER: 'histories', ...longCalls };
    return startService({ emulator, clock, redisUrl: redis.url, env });
  }

  async #untilComplete(): Promise<void> {
    const isComplete = async (service: TestService) =>
      (await service.get('/v1/catalog/status')).body.complete === true &&
      (await service.get('/v1/images?limit=1')).status === 200;
    await passUntil(this.clock, this.emulator, async () => {
      const all = await Promise.all(this.#services.map(isComplete));
      return all.every(Boolean);
    });
  }
}

function restart(number: number): Step {
  return { kind: 'restart', instance: Math.floor(number / partSize) % 2 };
}

interface Asked {
  ref: string;
  tag: string;
  isStrict: boolean;
  askedAt: number;
}

/** @returns what is wrong with the answer; undefined when HSS said it. */
function judge(answer: TestAnswer, { ref, tag, isStrict, askedAt }: Asked, truth: Truth): string | undefined {
  const { status, body } = answer;
  const isByName = ref.startsWith(namespace);
  if (status === 404 || status === 409) {
    // HSS has no filter for digests: a digest that no walk has seen yet is a 404.
    if (!isStrict || (status === 404 && !isByName)) return undefined;
    // Absence, and an image without a completed scan, are within the fresh life of the call that showed them.
    const said = tags
      .filter((each) => !isByName || each === tag)
      .map((each) => truth.since(each, askedAt - freshMs));
    const isBad = (one: Said) =>
      one === null || one.status !== 'completed' || (!isByName && one.digest !== ref);
    return said.every((each) => each.some(isBad)) ? undefined : `${status} for an image that was always good`;
  }
  if (status !== 200) return `status ${status}`;
  const { image, parts } = body;
  const fetchedAt = Date.parse(parts.image.fetchedAt);
  if (isStrict && (parts.image.status !== 'fresh' || askedAt - fetchedAt > freshMs)) return 'not fresh';
  const shown = { digest: image.digest, status: image.scan.status, severity: image.severity };
  if (isByName) {
    const isSaid = truth.since(tag, fetchedAt).some((one) => one !== null && isSame(one, shown));
    return isSaid ? undefined : 'a row that HSS did not say';
  }
  const choices = tags.map((each) =>
    truth.since(each, fetchedAt).map((one) => (one?.digest === ref ? one : null)),
  );
  const isSaid = combinations(choices).some((rows) => {
    const there = rows.filter((one) => one !== null);
    if (there.length === 0) return false;
    const worst = Math.max(
      ...there.map(({ severity }) => (severity === null ? -1 : ranks.indexOf(severity))),
    );
    return (ranks[worst] ?? null) === shown.severity && there.some(({ status }) => status === shown.status);
  });
  return isSaid ? undefined : 'rows that HSS did not say';
}

function isSame(a: NonNullable<Said>, b: NonNullable<Said>): boolean {
  return a.digest === b.digest && a.status === b.status && a.severity === b.severity;
}

function combinations<T>(choices: readonly T[][]): T[][] {
  return choices.reduce<T[][]>((all, some) => all.flatMap((one) => some.map((each) => [...one, each])), [[]]);
}
