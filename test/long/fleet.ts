/** Starts fleets of real processes for the long checks, with the size of a check (`Scale`). */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import type { Limit } from '../../src/budget/account.js';
import { buildService } from '../support/built-service.js';
import { guard } from '../support/guard.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import type { CacheScale } from './cache-scale.js';
import type { LagScale } from './lag.js';
import type { Tolerance } from './tolerance.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyWithinMs = 600_000;
/** A drain takes 24 s at most. A process that hangs would otherwise stop the check without a word. */
const endsWithinMs = 120_000;

export const apis = [
  'ListRegistryImages',
  'ListImageLocal',
  'ListImageFiles',
  'ListImageBasicImage',
] as const;
export type Api = (typeof apis)[number];

export interface FleetScale {
  limit: Limit;
  /** REQUEST_DEADLINE: the longest wait of a consumer. */
  deadlineMs: number;
  /** How many processes. */
  members: number;
}

/** How long a check takes and how fast its budget is: the long form as the specification states it, or a scaled short form. */
export interface Scale extends FleetScale, Tolerance {
  /** How long there is demand. */
  forMs: number;
  /** How long HSS answers 500. */
  outageMs: number;
  /** Keys that are cached, grow stale, and are asked once. */
  staleKeys: number;
  /** How long the fleet is then left alone, before its work is measured for as long. */
  restMs: number;
  /** Requests that a greedy consumer offers at once. */
  crowd: number;
  /** How long the soak goes on. */
  soakMs: number;
  /** Time between two mishaps. */
  mishapEveryMs: number;
  cache: CacheScale;
  /** How many questions the catalog is asked. */
  questions?: number;
  /** How many catalogs are read while their rows shift. */
  catalogRuns: number;
  /** How many random histories of rows two instances tell of. */
  histories: number;
  /** How many random requests over the OpenAPI document are sent. */
  fuzzed: number;
  lag: LagScale;
}

/** Twenty consumers, for the settings of the service and for the requests. */
export const consumers = Array.from({ length: 20 }, (_, index) => ({
  name: `consumer-${index}`,
  key: `fleet-consumer-key-${String(index).padStart(4, '0')}`,
}));
export const adminKey = 'fleet-admin-key-0001';

/** The settings of every instance: rate, deadline and keys. */
export function settings({ limit, deadlineMs }: FleetScale): Record<string, string> {
  return {
    HSS_RATE: `${limit.limit}/${limit.windowMs}ms`,
    REQUEST_DEADLINE: `${deadlineMs}ms`,
    API_KEYS: consumers.map(({ name, key }) => `${name}=${key}`).join(','),
    ADMIN_API_KEYS: `operator=${adminKey}`,
  };
}

/** HSS_USER of all members. */
const user = 'fleet';

/** Processes of the built service, one Redis process, and the emulator in this process as the witness. */
export class Fleet {
  readonly members: Member[] = [];

  constructor(
    readonly emulator: Emulator,
    readonly redis: RedisProcess,
    readonly scale: FleetScale,
    private readonly env: Record<string, string>,
  ) {}

  /** @param env settings on top of the usual ones. */
  static async start(scale: FleetScale, env: Record<string, string> = {}): Promise<Fleet> {
    await buildService();
    const emulator = await witness(scale);
    const fleet = new Fleet(emulator, await startRedis(), scale, env);
    try {
      await Promise.all(Array.from({ length: scale.members }, () => fleet.join()));
      return fleet;
    } catch (error) {
      await fleet.end();
      throw error;
    }
  }

  /**
   * Starts one more process. @param env settings on top of the fleet's. @param folder another release's.
   * @returns when the process listens.
   */
  async join(env: Record<string, string> = {}, folder = root): Promise<Member> {
    const { emulator, redis, scale } = this;
    const member = new Member(
      {
        PORT: '0',
        HSS_REGION: emulator.region,
        // The catalog's calls in the background would stand in the journal.
        CATALOG: 'off',
        HSS_ENDPOINT: emulator.url,
        HSS_PROJECT_ID: emulator.projectId,
        HSS_ENTERPRISE_PROJECT_ID: 'all_granted_eps',
        HSS_AUTH: 'aksk',
        HSS_USER: user,
        CLOUD_SDK_AK: emulator.credentials.ak,
        CLOUD_SDK_SK: emulator.credentials.sk,
        REDIS_URL: redis.url,
        ...settings(scale),
        ...this.env,
        ...env,
      },
      folder,
    );
    this.members.push(member);
    await member.isReady();
    return member;
  }

  /** A planned end. @returns the exit code. */
  async leave(member: Member): Promise<number | null> {
    this.members.splice(this.members.indexOf(member), 1);
    await member.end('SIGTERM');
    return member.exitCode;
  }

  /** A crash: the process sends no message to the other instances. */
  async kill(member: Member): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1);
    await member.end('SIGKILL');
  }

  /** Lines of the members that no operator should have to read; empty when all is well. */
  get complaints(): string[] {
    return this.members.flatMap((member) => member.complaints);
  }

  async end(): Promise<void> {
    await Promise.all(this.members.splice(0).map((member) => member.end('SIGTERM')));
    await this.redis.stop();
    await this.emulator.close();
  }
}

/** The cache key of a list of registry images from its first row on, as the endpoint builds it. */
export function cacheKey({ region, projectId, url }: Emulator, filters: string): string {
  const scope = [new URL(url).host, region, projectId, user].map(encodeURIComponent).join(':');
  return `${scope}:registry-images-1:registries/images?enterprise_project_id=all_granted_eps&${filters}@0`;
}

/** HSS as strict as its documents, with a latency that separates the arrival of a call from its answer. */
export function witness({ limit }: FleetScale): Promise<Emulator> {
  return startEmulator({ rate: { ...limit, kind: 'sliding' }, totalRate: 'off', latencyMs: [5, 30] });
}

/** One process of the service. */
export class Member {
  readonly #child: ChildProcess;
  #said = '';

  /** @param folder holds the `dist/` of the release. */
  constructor(env: Record<string, string>, folder = root) {
    // No variable of this machine's environment may configure the service.
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, ['dist/main.js'], { cwd: folder, env: { PATH, ...env } });
    guard(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
  }

  get url(): string {
    return /"url":"([^"]+)","mode":"hss"/.exec(this.#said)?.[1] ?? '';
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get said(): string {
    return this.#said;
  }

  /** Lines that are not from the log, and the log's errors. */
  get complaints(): string[] {
    return this.#said.split('\n').filter((line) => line !== '' && !/^\{"level":[1-4]0,/.test(line));
  }

  async isReady(): Promise<void> {
    const givesUpAt = performance.now() + readyWithinMs;
    while (this.url === '') {
      if (!this.isRunning) throw new Error(`The service ended at its start: ${this.#said}`);
      if (performance.now() > givesUpAt) throw new Error(`The service does not start: ${this.#said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), endsWithinMs);
    this.#child.kill(signal);
    const [, endedBy] = await ended;
    clearTimeout(limit);
    if (signal === 'SIGTERM' && endedBy === 'SIGKILL')
      throw new Error(`The service does not end at ${signal}: ${this.#said.slice(-4_000)}`);
  }
}
