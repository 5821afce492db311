import type { RedisLink } from '../redis/redis-link.js';
import type { Clock } from '../time/clock.js';
import { decodeMessage, fleetChannel, fleetKeys, patiently, publish } from './fleet-messages.js';
import { deadAfterMs, syncWithFleet } from './fleet-scripts.js';
import type { Purges } from './purges.js';

export interface FleetListener {
  stored(keyHash: string, fence: number): void;
  failed(keyHash: string, text: string, count: number, remainingMs: number): void;
  /** This instance learned of a purge: entries in memory may be void. */
  purged(): void;
  /** An instance has carried out a purge. */
  acknowledged(generation: number, instance: string): void;
  /** A message that does not concern the cache. */
  onBroadcast(text: string): void;
  /** Messages may have been missed. */
  missed(): void;
}

/** An instance whose heartbeats arrive here. */
export interface HeardInstance {
  instance: string;
  /** Wall time in ms of the last heartbeat. */
  heardAt: number;
  /** The number of the last purge that the instance knows. */
  generation: number;
}

const beatEveryMs = 1_000;
const retryEveryMs = 100;
/**
 * Shorter than `deadAfterMs`, because Redis's clock is coarse: an instance must stop trusting its memory before the
 * other instances count it as dead.
 */
const aliveForMs = 2_900;
/**
 * Reconnect after this many of our own heartbeats went unheard. Counted in beats, not time: a process that was
 * suspended has also heard nothing, but its connection is fine.
 */
const reconnectAfterBeats = 3;
/**
 * Keeps the memories of all instances in agreement: messages through Redis arrive at once, and every instance
 * compares the number of the last purge every second and after each interruption. An instance that cannot receive
 * messages notices this itself. Used by the cache only; purging itself is in FleetPurges.
 */
export class FleetNews {
  readonly #subscriber;
  #isSubscribed = false;
  #isSynced = false;
  /** The number of times that messages may have been missed. */
  #losses = 0;
  /** The time on our monotonic clock at which this instance sent its last heartbeat that arrived. */
  #beatAt = 0;
  #beatsUnheard = 0;
  #isClosed = false;
  #cancelBeat: (() => void) | undefined;
  /** A purge was missed. The number of the last purge alone does not tell which tag was purged. */
  #wantsTable = false;
  readonly #waitingForSync = new Set<() => void>();
  readonly #heard = new Map<string, HeardInstance & { until: number }>();

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly instance: string,
    private readonly purges: Purges,
    private readonly listener: FleetListener,
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

  /** Whether messages of the other instances arrive at once, and a purge waits for this instance. */
  get isSynced(): boolean {
    return this.#isSynced && this.redis.isUp && this.clock.monotonic() - this.#beatAt < aliveForMs;
  }

  /** The instances with a recent heartbeat, this one among them, by name. */
  get heard(): HeardInstance[] {
    this.#forgetSilent();
    return [...this.#heard.values()]
      .map(({ instance, heardAt, generation }) => ({ instance, heardAt, generation }))
      .sort((a, b) => (a.instance < b.instance ? -1 : 1));
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

  /** Sends to all other instances without waiting. The message is lost if Redis stays away. */
  broadcast(text: string): void {
    const { redis, clock, instance } = this;
    void patiently(clock, () => publish(redis, ['told', text, instance])).catch(() => undefined);
  }

  /** A purge took place in the fleet. */
  learnPurge(tag: string, generation: number): void {
    if (generation > this.purges.generation + 1) {
      this.#wantsTable = true;
      this.#lose();
      this.#beat(0);
    }
    if (this.purges.learn(tag, generation)) this.listener.purged();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelBeat?.();
    const [, , instances] = fleetKeys(this.redis);
    await this.redis.run((redis) => redis.zrem(instances, this.instance)).catch(() => undefined);
    this.#subscriber.disconnect();
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#subscriber.subscribe(fleetChannel(this.redis));
      this.#isSubscribed = true;
      this.#beatsUnheard = 0;
      this.#beat(0);
    } catch {
      // The connection closed again: 'ready' comes once more.
    }
  }

  #receive(text: string): void {
    this.#beatsUnheard = 0;
    const message = decodeMessage(text);
    if (!message) return;
    switch (message[0]) {
      case 'stored':
        this.listener.stored(message[1], message[2]);
        return;
      case 'failed':
        this.listener.failed(message[1], message[2], message[3], message[4]);
        return;
      case 'purged':
        this.learnPurge(message[1], message[2]);
        void publish(this.redis, ['heard', message[2], this.instance]).catch(() => undefined);
        return;
      case 'heard':
        this.listener.acknowledged(message[1], message[2]);
        return;
      case 'told':
        if (message[2] !== this.instance) this.listener.onBroadcast(message[1]);
        return;
      case 'here':
        this.#hear(message[2], message[1]);
    }
  }

  #hear(instance: string, generation: number): void {
    const until = this.clock.monotonic() + deadAfterMs;
    if (!this.#heard.has(instance)) this.#forgetSilent();
    this.#heard.set(instance, { instance, heardAt: this.clock.now(), generation, until });
  }

  #forgetSilent(): void {
    const now = this.clock.monotonic();
    for (const [instance, { until }] of this.#heard) if (until < now) this.#heard.delete(instance);
  }

  /** Not even our own heartbeats arrive: the server that should deliver them hangs. */
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

  /** Sends a heartbeat, and compares the number of the last purge. */
  async #sync(): Promise<void> {
    if (!this.#isSubscribed) return;
    if (this.#beatsUnheard >= reconnectAfterBeats) {
      this.#reconnect();
      return;
    }
    const { generation: known } = this.purges;
    const wantsTable = this.#wantsTable;
    const losses = this.#losses;
    const sentAt = this.clock.monotonic();
    const { generation, table } = await syncWithFleet(this.redis, {
      instance: this.instance,
      known,
      wantsTable,
    });
    this.#beatAt = sentAt;
    this.#beatsUnheard += 1;
    if (generation > known || wantsTable) {
      this.purges.learnAll(generation, table);
      // A message about a later purge came while the table was under way: purges between the two may be missing.
      this.#wantsTable = generation < this.purges.generation;
      this.listener.purged();
    }
    // Messages may have been missed since the script was sent.
    if (losses !== this.#losses || this.#wantsTable) return;
    if (!this.#isSynced) this.listener.missed();
    this.#isSynced = true;
    for (const resolve of [...this.#waitingForSync]) resolve();
  }
}
