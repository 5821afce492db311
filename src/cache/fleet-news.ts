import { RedisUnavailable, type RedisLink } from '../redis/redis-link.js';
import { sleep, type Clock } from '../resilience/clock.js';
import { liveScript, purgeScript, syncScript } from './fleet-scripts.js';
import { everything, type Purges } from './purges.js';

/** What instances tell each other. */
type Message =
  | ['stored', digest: string, fence: number]
  | ['failed', digest: string, text: string, count: number, remainingMs: number]
  | ['purged', tag: string, generation: number]
  | ['heard', generation: number, instance: string]
  | ['here', nothing: number, instance: string];

export interface Listener {
  stored(digest: string, fence: number): void;
  failed(digest: string, text: string, count: number, remainingMs: number): void;
  purged(): void;
  /** News may have been missed. */
  missed(): void;
}

const beatEveryMs = 1_000;
const retryEveryMs = 100;
/** An instance that has not been heard of for this long need not acknowledge a purge. */
const deadAfterMs = 3_000;
const acknowledgedWithinMs = 1_000;
/** How long a purge waits for a Redis that does not answer in time. */
const patienceMs = 500;
const patientlyEveryMs = 20;
/** Several of our own beats. */
const deafAfterMs = 3_500;
/** More purges than these are remembered as one of everything. */
const mostPurges = 10_000;
const keepPurgesMs = 60 * 24 * 3_600_000;

/**
 * How instances keep their memory in agreement: by messages through Redis at once, and by comparing the number of the
 * last purge every second and after each time they may have missed some. An instance that cannot hear the others
 * knows so.
 */
export class FleetNews {
  readonly #subscriber;
  #isSubscribed = false;
  #isSynced = false;
  /** On our monotonic clock: when a message came last. */
  #heardAt = 0;
  #isClosed = false;
  #cancelBeat: (() => void) | undefined;
  /** A purge was missed: its number alone does not say what was purged. */
  #wantsTable = false;
  readonly #acknowledged = new Map<number, Set<string>>();
  #waiting: (() => void)[] = [];
  #waitingForSync: (() => void)[] = [];

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly instance: string,
    private readonly purges: Purges,
    private readonly listener: Listener,
  ) {
    this.#subscriber = redis.subscriber();
    this.#subscriber.on('message', (_channel: string, text: string) => this.#hear(text));
    this.#subscriber.on('ready', () => void this.#subscribe());
    this.#subscriber.on('close', () => {
      this.#isSubscribed = false;
      this.#lose();
    });
    void this.#subscribe();
  }

  static channel(redis: RedisLink): string {
    return redis.key('cache', 'news');
  }

  static stored(digest: string, fence: number): string {
    return JSON.stringify(['stored', digest, fence] satisfies Message);
  }

  static failed(digest: string, text: string, count: number, remainingMs: number): string {
    return JSON.stringify(['failed', digest, text, count, remainingMs] satisfies Message);
  }

  /** Whether what the others do is heard of at once. */
  get isSynced(): boolean {
    return this.#isSynced && this.redis.isUp;
  }

  /** Resolves when `isSynced`, or after `limitMs`. */
  async whenSynced(limitMs: number): Promise<void> {
    if (this.isSynced) return;
    await new Promise<void>((resolve) => {
      const cancel = this.clock.after(limitMs, resolve);
      this.#waitingForSync.push(() => {
        cancel();
        resolve();
      });
    });
  }

  /**
   * Voids everything with the tag, on every instance.
   * @returns the instances that did not say in time that they have done so. @throws RedisUnavailable
   */
  async purge(tag: string): Promise<string[]> {
    const args = [this.purges.generation, tag, mostPurges, everything, keepPurgesMs];
    const live = await this.#patiently(() => this.#live());
    const heard = new Set<string>();
    // Twice does no harm: what was stored between the two is void as well.
    const generation = (await this.#patiently(() =>
      this.redis.run((redis) => redis.eval(purgeScript, 2, ...this.#keys.slice(0, 2), ...args)),
    )) as number;
    this.#acknowledged.set(generation, heard);
    try {
      await this.#patiently(() => this.#tell(['purged', tag, generation]));
      this.#purged(tag, generation);
      const limit = new AbortController();
      const tooLate = sleep(this.clock, acknowledgedWithinMs, limit.signal).then(
        () => true,
        () => true,
      );
      while (live.some((name) => !heard.has(name)))
        if (await Promise.race([this.#nextAcknowledgement(), tooLate])) break;
      limit.abort();
      return live.filter((name) => !heard.has(name));
    } finally {
      this.#acknowledged.delete(generation);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelBeat?.();
    await this.redis.run((redis) => redis.zrem(this.#keys[2], this.instance)).catch(() => undefined);
    this.#subscriber.disconnect();
  }

  /** A Redis that stumbles is waited for, as no request would: whoever purges could only ask again. */
  async #patiently<T>(command: () => Promise<T>): Promise<T> {
    const givesUpAt = this.clock.monotonic() + patienceMs;
    for (;;) {
      try {
        return await command();
      } catch (error) {
        if (!(error instanceof RedisUnavailable) || this.clock.monotonic() > givesUpAt) throw error;
        await sleep(this.clock, patientlyEveryMs);
      }
    }
  }

  #nextAcknowledgement(): Promise<false> {
    return new Promise((resolve) => this.#waiting.push(() => resolve(false)));
  }

  async #live(): Promise<string[]> {
    const names = (await this.redis.run((redis) =>
      redis.eval(liveScript, 1, this.#keys[2], deadAfterMs),
    )) as string[];
    return names.filter((name) => name !== this.instance);
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#subscriber.subscribe(FleetNews.channel(this.redis));
      this.#isSubscribed = true;
      this.#heardAt = this.clock.monotonic();
      this.#beat(0);
    } catch {
      // Closed again: 'ready' comes once more.
    }
  }

  #hear(text: string): void {
    this.#heardAt = this.clock.monotonic();
    const message = readMessage(text);
    if (!message) return;
    switch (message[0]) {
      case 'stored':
        this.listener.stored(message[1], message[2]);
        return;
      case 'failed':
        this.listener.failed(message[1], message[2], message[3], message[4]);
        return;
      case 'purged':
        this.#purged(message[1], message[2]);
        void this.#tell(['heard', message[2], this.instance]).catch(() => undefined);
        return;
      case 'heard':
        this.#acknowledged.get(message[1])?.add(message[2]);
        for (const resolve of this.#waiting.splice(0)) resolve();
        return;
      case 'here':
    }
  }

  #purged(tag: string, generation: number): void {
    if (generation > this.purges.generation + 1) {
      this.#wantsTable = true;
      this.#lose();
      this.#beat(0);
    }
    if (this.purges.learn(tag, generation)) this.listener.purged();
  }

  async #tell(message: Message): Promise<void> {
    await this.redis.run((redis) => redis.publish(FleetNews.channel(this.redis), JSON.stringify(message)));
  }

  /** Not even our own beats are heard: the server that should send them hangs. */
  #reconnect(): void {
    this.#lose();
    this.#heardAt = this.clock.monotonic();
    this.#subscriber.disconnect(true);
  }

  #lose(): void {
    this.#isSynced = false;
  }

  #beat(inMs: number): void {
    this.#cancelBeat?.();
    if (this.#isClosed) return;
    this.#cancelBeat = this.clock.after(inMs, () => {
      void this.#sync()
        .catch(() => this.#lose())
        .then(() => this.#beat(this.#isSynced ? beatEveryMs : retryEveryMs));
    });
  }

  /** Says that this instance is there, and compares the number of the last purge. */
  async #sync(): Promise<void> {
    if (!this.#isSubscribed) return;
    if (this.clock.monotonic() - this.#heardAt > deafAfterMs) this.#reconnect();
    const known = this.#wantsTable ? -1 : this.purges.generation;
    const channel = FleetNews.channel(this.redis);
    const here = JSON.stringify(['here', 0, this.instance] satisfies Message);
    const [generation, ...table] = (await this.redis.run((redis) =>
      redis.eval(
        syncScript,
        3,
        ...this.#keys,
        this.instance,
        known,
        deadAfterMs,
        keepPurgesMs,
        channel,
        here,
      ),
    )) as [number, ...string[]];
    if (generation > known) {
      this.#wantsTable = false;
      const pairs = Array.from(
        { length: table.length / 2 },
        (_, index) => [table[2 * index] ?? '', Number(table[2 * index + 1])] as const,
      );
      this.purges.learnAll(generation, pairs);
      this.listener.purged();
    }
    if (this.#isSynced) return;
    this.listener.missed();
    this.#isSynced = true;
    for (const resolve of this.#waitingForSync.splice(0)) resolve();
  }

  /** One hash tag for all: a script's keys must lie on one node of a cluster. */
  get #keys(): [purges: string, generation: string, instances: string] {
    const key = (name: string) => this.redis.key('cache', '{fleet}', name);
    return [key('purges'), key('generation'), key('instances')];
  }
}

/** Instances of another version may speak of other things. */
function readMessage(text: string): Message | undefined {
  try {
    const message = JSON.parse(text) as unknown;
    return Array.isArray(message) && typeof message[1] !== 'object' && message.length > 2
      ? (message as Message)
      : undefined;
  } catch {
    return undefined;
  }
}
