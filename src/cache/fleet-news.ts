import { RedisUnavailable, type RedisLink } from '../redis/redis-link.js';
import { sleep, type Clock } from '../time/clock.js';
import { purgeScript, syncScript } from './fleet-scripts.js';
import { everything, mostPurges, type Purges } from './purges.js';

/** What instances tell each other. */
type Message =
  | ['stored', digest: string, fence: number]
  | ['failed', digest: string, text: string, count: number, remainingMs: number]
  | ['purged', tag: string, generation: number]
  | ['heard', generation: number, instance: string]
  | ['here', nothing: number, instance: string]
  | ['told', text: string, instance: string];

export interface Listener {
  stored(digest: string, fence: number): void;
  failed(digest: string, text: string, count: number, remainingMs: number): void;
  purged(): void;
  /** Something that is not the cache's business. */
  onBroadcast(text: string): void;
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
/** Less, for the grain of Redis's time: an instance knows that it counts as dead before the others take it for that. */
const aliveForMs = 2_900;
/** Own beats sent and not heard. (No time: a process that stood still has heard nothing, and is not deaf.) */
const deafAfterBeats = 3;
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
  /** How often something may have been missed. */
  #losses = 0;
  /** On our monotonic clock: when the last beat that arrived was sent. */
  #beatAt = 0;
  #beatsUnheard = 0;
  #isClosed = false;
  #cancelBeat: (() => void) | undefined;
  /** A purge was missed: its number alone does not say what was purged. */
  #wantsTable = false;
  readonly #acknowledged = new Map<number, Set<string>>();
  #waiting: (() => void)[] = [];
  readonly #waitingForSync = new Set<() => void>();

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly instance: string,
    private readonly purges: Purges,
    private readonly listener: Listener,
  ) {
    this.#subscriber = redis.subscriber();
    this.#subscriber.on('message', (_channel: string, text: string) => this.#receive(text));
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

  /** Whether what the others do is heard of at once, and a purge waits for this instance. */
  get isSynced(): boolean {
    return this.#isSynced && this.redis.isUp && this.clock.monotonic() - this.#beatAt < aliveForMs;
  }

  /** Resolves when `isSynced`, or after `limitMs`. */
  async whenSynced(limitMs: number): Promise<void> {
    if (this.isSynced) return;
    await new Promise<void>((resolve) => {
      const synced = () => {
        cancel();
        this.#waitingForSync.delete(synced);
        resolve();
      };
      const cancel = this.clock.after(limitMs, synced);
      this.#waitingForSync.add(synced);
    });
  }

  /**
   * Voids everything with the tag, on every instance.
   * @returns the instances that did not say in time that they have done so. @throws RedisUnavailable
   */
  async purge(tag: string): Promise<string[]> {
    const args = [this.purges.generation, tag, mostPurges, everything, keepPurgesMs, deadAfterMs];
    // Twice does no harm: what was stored between the two is void as well.
    const [generation, ...names] = (await this.#patiently(() =>
      this.redis.run((redis) => redis.eval(purgeScript, 3, ...this.#keys, ...args)),
    )) as [number, ...string[]];
    const live = names.filter((name) => name !== this.instance);
    const heard = new Set<string>();
    this.#acknowledged.set(generation, heard);
    try {
      await this.#patiently(() => this.#publish(['purged', tag, generation]));
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

  /** For whoever hears it: nobody waits for it, and it can be lost with a Redis that stays away. */
  broadcast(text: string): void {
    void this.#patiently(() => this.#publish(['told', text, this.instance])).catch(() => undefined);
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

  async #subscribe(): Promise<void> {
    try {
      await this.#subscriber.subscribe(FleetNews.channel(this.redis));
      this.#isSubscribed = true;
      this.#beatsUnheard = 0;
      this.#beat(0);
    } catch {
      // Closed again: 'ready' comes once more.
    }
  }

  #receive(text: string): void {
    this.#beatsUnheard = 0;
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
        void this.#publish(['heard', message[2], this.instance]).catch(() => undefined);
        return;
      case 'heard':
        this.#acknowledged.get(message[1])?.add(message[2]);
        for (const resolve of this.#waiting.splice(0)) resolve();
        return;
      case 'told':
        if (message[2] !== this.instance) this.listener.onBroadcast(message[1]);
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

  async #publish(message: Message): Promise<void> {
    await this.redis.run((redis) => redis.publish(FleetNews.channel(this.redis), JSON.stringify(message)));
  }

  /** Not even our own beats are heard: the server that should send them hangs. */
  #reconnect(): void {
    this.#isSubscribed = false;
    this.#lose();
    this.#subscriber.disconnect(true);
  }

  #lose(): void {
    this.#losses += 1;
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
    if (this.#beatsUnheard >= deafAfterBeats) {
      this.#reconnect();
      return;
    }
    const { generation: known } = this.purges;
    const wantsTable = this.#wantsTable;
    const losses = this.#losses;
    const sentAt = this.clock.monotonic();
    const channel = FleetNews.channel(this.redis);
    const here = JSON.stringify(['here', 0, this.instance] satisfies Message);
    const args = [known, wantsTable ? 1 : 0, everything, keepPurgesMs, deadAfterMs, this.instance];
    const [generation, ...table] = (await this.redis.run((redis) =>
      redis.eval(syncScript, 3, ...this.#keys, ...args, channel, here),
    )) as [number, ...string[]];
    this.#beatAt = sentAt;
    this.#beatsUnheard += 1;
    if (generation > known || wantsTable) {
      const pairs = Array.from(
        { length: table.length / 2 },
        (_, index) => [table[2 * index] ?? '', Number(table[2 * index + 1])] as const,
      );
      this.purges.learnAll(generation, pairs);
      // Later ones were heard of while this came: between them and the table may be some that were not.
      this.#wantsTable = generation < this.purges.generation;
      this.listener.purged();
    }
    // Something may have been missed since this was asked.
    if (losses !== this.#losses || this.#wantsTable) return;
    if (!this.#isSynced) this.listener.missed();
    this.#isSynced = true;
    for (const resolve of [...this.#waitingForSync]) resolve();
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
