/**
 * Mixed load over a fleet of processes while faults come in an order that a seed draws. Every answer is checked against
 * what HSS said: a value may be no older than the time at which the answer says it was read. `SOAK_SEED` replays a run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from '../../emulator/emulator.js';
import { buildService } from '../support/built-service.js';
import { startRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { admittedTimes, atLeast, atMost, noted, withinRate, type Finding } from './findings.js';
import { apis, consumers, Fleet, witness, type FleetScale, type Member } from './fleet.js';
import { KnownValues } from './known-values.js';
import { mishaps, type House } from './mishaps.js';
import { takeDump, type RedisDump } from './redis-dump.js';
import { RotatingKey } from './rotating-key.js';

export interface SoakScale extends FleetScale {
  soakMs: number;
  mishapEveryMs: number;
}

/** A jump of an instance's clock, there and back. */
const jumpMs = 2_000;
const clientCount = 4;
const freshMs = 2_000;
const staleMs = 20_000;
/** Adds a jump to the process's clock at each odd SIGUSR2, and takes it back at each even one. */
const jumpingClock = `data:text/javascript,${encodeURIComponent(
  `const now=Date.now;let by=0;Date.now=()=>now()+by;process.on("SIGUSR2",()=>{by=by?0:${jumpMs}});`,
)}`;

/** Refusals that say what is wrong, and when to come again. Every other error is a finding. */
const foreseen = new Set([
  'upstream-throttled',
  'upstream-unavailable',
  'upstream-invalid-response',
  'upstream-unauthorized',
  'deadline-exceeded',
  'catalog-not-ready',
  'overloaded',
]);

export async function soak(scale: SoakScale): Promise<Finding[]> {
  const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 1e9));
  await buildService();
  const emulator = await witness(scale);
  const key = new RotatingKey();
  const env = {
    CONSUMERS_FILE: key.path,
    TTL_LISTS: `${freshMs}ms`,
    STALE_IF_ERROR: `${staleMs}ms`,
    CATALOG: 'on',
    NODE_OPTIONS: `--import ${jumpingClock}`,
  };
  const fleet = new Fleet(emulator, await startRedis(), scale, env);
  const soaking = new Soak(fleet, emulator, key, seed, scale);
  try {
    await Promise.all(Array.from({ length: scale.members }, () => fleet.join()));
    return [noted('seed (SOAK_SEED)', seed), ...(await soaking.run())];
  } catch (error) {
    throw new Error(`The soak with SOAK_SEED=${seed} did not come to its end`, { cause: error });
  } finally {
    soaking.end();
    await fleet.end();
    key.close();
  }
}

interface Footprint {
  rssMiB: number;
  handles: number;
  keys: number;
  /** Calls of HSS so far. Each leaves an entry, and a change in the catalog's log, for longer than a short run. */
  calls: number;
}

class Soak {
  readonly #values: KnownValues;
  readonly #wrong: string[] = [];
  readonly #unforeseen: string[] = [];
  readonly #statuses: Record<string, number> = {};
  readonly #mishaps: string[] = [];
  readonly #random: () => number;
  #dump: RedisDump | undefined;
  #isOver = false;

  constructor(
    private readonly fleet: Fleet,
    private readonly emulator: Emulator,
    private readonly key: RotatingKey,
    seed: number,
    private readonly scale: SoakScale,
  ) {
    this.#random = seeded(seed);
    this.#values = new KnownValues(emulator.data);
  }

  async run(): Promise<Finding[]> {
    const clients = Array.from({ length: clientCount }, (_, client) => this.#client(client));
    const changing = this.#change();
    await until(() => (this.#statuses['200'] ?? 0) > 20, 600_000);
    const startedAt = performance.now();
    let middle: Footprint | undefined;
    while (performance.now() - startedAt < this.scale.soakMs) {
      await sleep(this.scale.mishapEveryMs * (0.5 + this.#random()));
      const mishap = mishaps[Math.floor(this.#random() * mishaps.length)]!;
      this.#mishaps.push(mishap.what);
      await mishap.happens(this.#house);
      if (performance.now() - startedAt > this.scale.soakMs / 2) middle ??= await this.#footprint();
    }
    // All is well again, so data must come again.
    this.emulator.faults.clear();
    const before = this.#statuses['200'] ?? 0;
    await until(() => (this.#statuses['200'] ?? 0) > before + 20, 600_000);
    this.end();
    await Promise.all([...clients, changing]);
    const end = await this.#footprint();
    return [...this.#findings(), ...flat(middle ?? end, end)];
  }

  end(): void {
    this.#isOver = true;
  }

  get #house(): House {
    const { fleet, emulator, key } = this;
    return {
      fleet,
      emulator,
      key,
      random: this.#random,
      dump: async () => {
        const old = this.#dump;
        this.#dump = await takeDump(fleet.redis.url);
        return old;
      },
    };
  }

  #findings(): Finding[] {
    return [
      noted('mishaps', this.#mishaps.join(', ')),
      noted('answers', JSON.stringify(this.#statuses)),
      atLeast('answers with data', this.#statuses['200'] ?? 0, 40),
      atMost('wrong answers', this.#wrong.length, 0),
      ...this.#wrong.slice(0, 3).map((line) => noted('', line)),
      atMost('errors that nobody foresaw', this.#unforeseen.length, 0),
      ...this.#unforeseen.slice(0, 3).map((line) => noted('', line)),
      ...withinRate(this.emulator.journal, this.scale.limit),
    ];
  }

  /** HSS's data change all the time. */
  async #change(): Promise<void> {
    while (!this.#isOver) {
      this.#values.raise();
      await sleep(200);
    }
  }

  async #client(client: number): Promise<void> {
    for (let at = client; !this.#isOver; at += 1) {
      // A process that starts has no address yet.
      const members = this.fleet.members.filter(({ url }) => url !== '');
      // Each instance gets each question.
      const member = members[Math.floor(at / clientCount) % Math.max(1, members.length)];
      // One client in four has a key of the consumers file.
      if (member) await this.#ask(member, at, client === 0 ? this.key.current : consumers[client]!.key);
      await sleep(20);
    }
  }

  async #ask(member: Member, at: number, key: string): Promise<void> {
    const question = this.#values.question(at);
    const { path } = question;
    const askedAt = Date.now();
    try {
      const answer = await fetch(member.url + path, { headers: { 'X-API-Key': key } });
      const body = (await answer.json()) as { code?: string };
      this.#statuses[answer.status] = (this.#statuses[answer.status] ?? 0) + 1;
      if (answer.ok) {
        const fault = this.#values.faultOf(question, body, {
          askedAt,
          slackMs: jumpMs + 1_000,
          oldestMs: freshMs + staleMs,
        });
        if (fault !== undefined) this.#wrong.push(`${path}: ${fault}`);
      } else if (!foreseen.has(body.code ?? '') && !(answer.status === 401 && this.key.isFormer(key)))
        this.#unforeseen.push(`${path}: ${answer.status} ${body.code}`);
    } catch (error) {
      // A killed instance breaks its connections off. A living one must not.
      if (this.fleet.members.includes(member) && member.isRunning)
        this.#unforeseen.push(`${path}: ${String(error)}`);
    }
  }

  async #footprint(): Promise<Footprint> {
    const { members, redis } = this.fleet;
    const rss = members.map(({ pid }) => {
      const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      return Number(kib) / 1024;
    });
    const handles = members.map(({ pid }) => readdirSync(`/proc/${pid}/fd`).length);
    const keys = redis.running ? Number(await redis.cli('DBSIZE')) : 0;
    const calls = apis.flatMap((api) => admittedTimes(this.emulator.journal, api)).length;
    return { rssMiB: Math.round(Math.max(...rss)), handles: Math.max(...handles), keys, calls };
  }
}

/** Nothing grows from the middle of a run to its end, beyond what a moment can explain. */
function flat(middle: Footprint, end: Footprint): Finding[] {
  return [
    atMost('RSS of the largest instance at the end (MiB)', end.rssMiB, middle.rssMiB * 1.25 + 80),
    atMost('open handles of an instance at the end', end.handles, middle.handles * 1.5 + 30),
    atMost('keys in Redis at the end', end.keys, middle.keys * 1.5 + 100 + 2 * (end.calls - middle.calls)),
  ];
}

/** Mulberry32: numbers in [0, 1) that a seed decides. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
