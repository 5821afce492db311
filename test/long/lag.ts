/**
 * How long after a change in HSS the catalog of a fleet shows the change, for each kind of change and at several sizes.
 * The clock of the emulator and of both instances jumps, and real time hardly moves it: the check takes as long as its
 * work. HSS gives five calls a minute. The instance that syncs is killed now and then.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { SeededRandom } from '../../emulator/data/seeded-random.js';
import { CallBudget } from '../../src/budget/call-budget.js';
import { isComplete } from '../../src/catalog/model/sync-state.js';
import { startInstance, type CatalogInstance } from '../support/catalog/instance.js';
import { SharedLedger } from '../support/fleet-simulation.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { linkTo, type SeverableLink } from '../support/severable-link.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { atMost, noted, type Finding } from './findings.js';
import { kinds, LagWorld, type Shows } from './lag-changes.js';

const minute = 60_000;
const listApis = ['ListRegistryImages', 'ListImageLocal', 'ShowImageAssetStatistics'] as const;
const rate = { limit: 5, windowMs: minute };
/** Real time in which a new member may load the catalog. */
const patienceMs = 10 * minute;
/** Real time for the work of one step. A call that was granted may never leave. */
const settledWithinMs = minute;
/** How fast real time moves the clock: a pause of this process must not look like a lag. */
const pace = 0.01;
/** Below the gap between two looks at the lease that counts as a dead process. */
const stepMs = 3_000;

export interface LagSize {
  rows: number;
  /** Changes of each kind. */
  changes: number;
  /**
   * Time between two changes of one kind. A removed row of many costs up to a dozen calls, and HSS gives hardly more than
   * one call a minute for them.
   */
  everyMs: number;
  /** How often the syncing instance is killed. */
  kills: number;
  /** Leaves out the kinds of change that only the next walk shows. */
  withoutWalks?: boolean;
}

export interface LagScale {
  sizes: readonly LagSize[];
  /** How long nothing changes at first. */
  quietMs: number;
  /** The goals count this many times. With few changes the 95th percentile is the longest lag, after a kill for example. */
  tolerance: number;
  /** Whether the table in docs/catalog-sync.md is written anew. */
  writesTable: boolean;
}

interface Measured {
  rows: number;
  hours: number;
  kills: number;
  /** In seconds, by kind, in ascending order. */
  lags: ReadonlyMap<string, readonly number[]>;
  /** Calls a minute while nothing changes, by API. */
  callsAtRest: readonly (readonly [string, number])[];
}

interface Waiting {
  kind: string;
  at: number;
  shows: Shows;
}

export async function lag(scale: LagScale): Promise<Finding[]> {
  const measured: Measured[] = [];
  for (const size of scale.sizes) {
    measured.push(await lagAt(size, scale));
    // A run that ends early leaves the sizes that it has measured.
    if (scale.writesTable) writeTable(measured);
  }
  return measured.flatMap((one) => [
    noted(`${one.rows} rows: run`, runOf(one)),
    ...kinds.flatMap(({ name, goal }) => {
      const most = goal(one.rows);
      const lags = one.lags.get(name);
      return lags === undefined
        ? []
        : finding(`${one.rows} rows: ${name}`, lags, most && most * scale.tolerance);
    }),
    ...one.callsAtRest.map(([api, calls]) =>
      noted(`${one.rows} rows: calls a minute of ${api} at rest`, calls),
    ),
  ]);
}

async function lagAt(size: LagSize, { quietMs }: LagScale): Promise<Measured> {
  const { rows, changes, everyMs, kills } = size;
  const measuredKinds = kinds.filter(({ byWalk }) => !(byWalk && size.withoutWalks));
  const clock = new TestClock(pace);
  const redis = await startRedis();
  const emulator = await startEmulator({
    clock,
    registryImages: rows,
    localImages: rows,
    totalRate: 'off',
    int64RowIds: false,
  });
  // Only the lists matter here: reading the content of images would take most of the time.
  for (const api of ['ListImageFiles', 'ListImageBasicImage'] as const)
    emulator.faults.schedule({ kind: 'status', status: 500, api, times: Infinity });
  const fleet = new Fleet(emulator, clock, redis);
  const passUntil = async (mostMs: number, holds: () => unknown): Promise<void> => {
    for (let passed = 0; !(await holds()); passed += stepMs) {
      if (passed > mostMs) throw new Error(`It did not come about in ${mostMs} ms: ${String(holds)}`);
      clock.advance(stepMs);
      await fleet.settled();
    }
  };
  try {
    await fleet.start();
    await fleet.start();
    const isReady = () => fleet.members.every(({ store }) => isComplete(store.sync));
    await passUntil(24 * 60 * minute, isReady);
    const lags = new Map<string, number[]>(measuredKinds.map(({ name }) => [name, []]));
    const random = new SeededRandom(`lag/${rows}`);
    const world = new LagWorld(emulator, random, clock.now);
    const before = fleet.calls();
    const quietUntil = clock.now() + quietMs;
    await passUntil(Infinity, () => clock.now() >= quietUntil);
    const callsAtRest = fleet
      .calls()
      .map(([api, calls], at) => [api, (calls - before[at]![1]) / (quietMs / minute || 1)] as const);
    const begunAt = clock.now();
    const spanMs = changes * everyMs;
    const due = measuredKinds
      .flatMap((kind) =>
        Array.from({ length: changes }, () => ({ kind, at: begunAt + random.fraction() * spanMs })),
      )
      .sort((a, b) => a.at - b.at);
    const killsAt = Array.from({ length: kills }, () => begunAt + random.fraction() * spanMs).sort(
      (a, b) => a - b,
    );
    let waiting: Waiting[] = [];
    const step = async () => {
      const now = clock.now();
      waiting = waiting.filter(({ kind, at, shows }) => {
        if (!fleet.members.some(({ store }) => shows(store))) return true;
        lags.get(kind)!.push((now - at) / 1_000);
        return false;
      });
      for (; due.length > 0 && due[0]!.at <= now;) {
        const { kind } = due.shift()!;
        const shows = kind.change(world);
        if (shows) waiting.push({ kind: kind.name, at: now, shows });
      }
      if (killsAt.length > 0 && killsAt[0]! <= now) {
        killsAt.shift();
        await fleet.killTheSyncing();
      }
      return due.length + waiting.length === 0 || now > begunAt + 4 * spanMs;
    };
    await passUntil(5 * spanMs, step);
    for (const { kind } of waiting) lags.get(kind)!.push(Infinity);
    for (const each of lags.values()) each.sort((x, y) => x - y);
    return {
      rows,
      hours: (clock.now() - begunAt) / (60 * minute),
      kills,
      lags,
      callsAtRest,
    };
  } finally {
    await fleet.close();
    await emulator.close();
    await redis.stop();
  }
}

function at(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Infinity);
}

/** In seconds: the median, the 95th percentile and the longest lag. */
function finding(what: string, lags: readonly number[], goal: number | undefined): Finding {
  const measured = `${lags.length}: ${at(lags, 0.5)} ${at(lags, 0.95)} ${at(lags, 1)}`;
  return goal === undefined ? noted(what, measured) : { ...atMost(what, at(lags, 0.95), goal), measured };
}

/** How much was measured. There are not 200 rows of each kind in a small list, and no row is changed twice. */
function runOf({ hours, kills, lags }: Measured): string {
  const counts = [...lags.values()].map(({ length }) => length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return `${least === most ? most : `${least} to ${most}`} of each, ${hours.toFixed(1)} h, ${kills} killed`;
}

const page = fileURLToPath(new URL('../../docs/catalog-sync.md', import.meta.url));

function writeTable(measured: readonly Measured[]): void {
  const cell = (lags?: readonly number[]) => (lags ? `${at(lags, 0.5)} / ${at(lags, 0.95)}` : 'not measured');
  const lines = [
    ['change in HSS', ...measured.map(({ rows }) => `${rows.toLocaleString('en')} rows`)],
    ['---', ...measured.map(() => '---')],
    ...kinds.map(({ name }) => [name, ...measured.map(({ lags }) => cell(lags.get(name)))]),
    ['changes of each kind, hours, instances killed', ...measured.map(runOf)],
  ].map((cells) => `| ${cells.join(' | ')} |`);
  const text = readFileSync(page, 'utf8');
  const [begin, end] = ['<!-- lag -->', '<!-- /lag -->'];
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  writeFileSync(page, `${before}\n\n${lines.join('\n')}\n\n${text.slice(text.indexOf(end))}`);
}

/** Two instances with one catalog in Redis. Each member can be cut off from Redis and HSS, which looks like its death. */
class Fleet {
  readonly #members: { instance: CatalogInstance; links: SeverableLink[]; name: string }[] = [];
  #started = 0;
  /** Answers that went to an instance that is dead. */
  #lost = 0;
  /** Calls that the budget has granted, and those of them that never left. */
  #granted = 0;
  #unsent = 0;
  /** What the journal has told of each API. */
  readonly #calls = new Map<string, { all: number; answered: number }>();
  /** The members share their calls, as through Redis: Redis's own time does not jump. */
  readonly #ledger: SharedLedger;

  constructor(
    private readonly emulator: Emulator,
    private readonly clock: TestClock,
    private readonly redis: RedisProcess,
  ) {
    this.#ledger = new SharedLedger(clock, rate, () => this.#members.map(({ name }) => name));
  }

  get members(): CatalogInstance[] {
    return this.#members.map(({ instance }) => instance);
  }

  /**
   * Waits until each granted call is answered, the catalog holds all answers, and no call follows from them. The clock
   * must not jump meanwhile.
   */
  async settled(): Promise<void> {
    for (let before = -1; before !== this.#granted;) {
      before = this.#granted;
      await this.#turns();
      await until(() => !this.#isBusy, settledWithinMs).catch(() => this.nothingIsOpen());
    }
  }

  /** Lets the timers of the last step send their commands to Redis, and waits for Redis's replies. */
  async #turns(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all(this.members.map(({ link }) => link!.run((redis) => redis.ping())));
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  get #isBusy(): boolean {
    this.#read();
    const [unsent, left] = [this.#granted - this.#arrived, this.#answersLeft];
    const isBusy = unsent > this.#unsent || left > this.#lost;
    // What was given up may have come late.
    this.#unsent = Math.min(this.#unsent, unsent);
    this.#lost = Math.min(this.#lost, left);
    return isBusy;
  }

  get #arrived(): number {
    return [...this.#calls.values()].reduce((sum, { all }) => sum + all, 0);
  }

  /** All answers so far are in the catalog, or went to an instance that is dead. */
  nothingIsOpen(): void {
    this.#read();
    this.#lost = this.#answersLeft;
    this.#unsent = this.#granted - this.#arrived;
  }

  /** Calls so far, by API. */
  calls(): [string, number][] {
    this.#read();
    return listApis.map((api) => [api, this.#calls.get(api)?.all ?? 0]);
  }

  /** Counts the calls of the journal and empties it: a journal of a day takes long to look through in each step. */
  #read(): void {
    const { journal } = this.emulator;
    if (journal.entries.some(({ outcome }) => outcome === 'pending')) return;
    for (const { api, outcome } of journal.entries) {
      const { all, answered } = this.#calls.get(api) ?? { all: 0, answered: 0 };
      this.#calls.set(api, { all: all + 1, answered: answered + Number(outcome === 200) });
    }
    journal.clear();
    for (const { store } of this.members) store.applied.length = 0;
  }

  get #answersLeft(): number {
    const answered = listApis.map((api) => this.#calls.get(api)?.answered ?? 0);
    return (
      answered.reduce((a, b) => a + b) - Math.max(0, ...this.members.map(({ store }) => store.sync.calls))
    );
  }

  async start(): Promise<void> {
    const { emulator, clock, redis } = this;
    const links = await Promise.all([linkTo(redis.port), linkTo(emulator.port)]);
    const [toRedis, toHss] = links.map(({ port }) => `127.0.0.1:${port}`);
    const name = `member-${(this.#started += 1)}`;
    const env = { HSS_ENDPOINT: `http://${toHss}` };
    const instance = await startInstance({
      emulator,
      clock,
      name,
      rate,
      env,
      ledger: this.#ledger,
      redisUrl: `redis://${toRedis}`,
      logLevel: 'warn',
    });
    const budget = instance.service.part(CallBudget);
    const acquire = budget.acquire.bind(budget);
    budget.acquire = async (...call) => {
      const grant = await acquire(...call);
      this.#granted += 1;
      return grant;
    };
    this.#members.push({ instance, links, name });
    // The log is read in real time, and the clock must not jump meanwhile.
    const { version } = this.members[0]!.store;
    await until(() => instance.store.version >= version, patienceMs);
    this.nothingIsOpen();
  }

  async killTheSyncing(): Promise<void> {
    const at = this.#members.findIndex(
      ({ instance, name }) => instance.sync.status().syncingInstance === name,
    );
    const [killed] = this.#members.splice(Math.max(at, 0), 1);
    for (const link of killed!.links) link.cut();
    await killed!.instance.close();
    for (const link of killed!.links) await link.close();
    const { version } = killed!.instance.store;
    await until(() => this.members.every(({ store }) => store.version >= version), patienceMs);
    this.nothingIsOpen();
    await this.start();
  }

  async close(): Promise<void> {
    for (const { instance, links } of this.#members) {
      await instance.close();
      for (const link of links) await link.close();
    }
  }
}
