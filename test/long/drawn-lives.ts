import { Redis } from 'ioredis';
import { decodeEntry } from '../../src/cache/entry-codec.js';
import type { RedisProcess } from '../support/redis-server.js';
import type { Life } from './lower-bound.js';

/** Reads each entry when the entry is stored, and keeps the drawn lives in order, by the hash of the key. */
export class DrawnLives {
  readonly #lives = new Map<string, Life[]>();
  readonly #reading: Promise<unknown>[] = [];

  private constructor(
    private readonly reader: Redis,
    private readonly subscriber: Redis,
  ) {}

  static async watch({ port }: RedisProcess, prefix = 'hss-bff'): Promise<DrawnLives> {
    const [reader, subscriber] = [new Redis(port), new Redis(port)];
    const lives = new DrawnLives(reader, subscriber);
    subscriber.on('message', (_channel: string, text: string) => {
      const [kind, keyHash] = JSON.parse(text) as [string, string];
      if (kind === 'stored') lives.#reading.push(lives.#read(keyHash, `${prefix}:cache:{${keyHash}}:value`));
    });
    await subscriber.subscribe(`${prefix}:cache:news`);
    return lives;
  }

  of(keyHash: string): readonly Life[] {
    return [...(this.#lives.get(keyHash) ?? [])].sort((a, b) => a.from - b.from);
  }

  async stop(): Promise<void> {
    await this.subscriber.unsubscribe();
    this.subscriber.disconnect();
    await Promise.all(this.#reading);
    this.reader.disconnect();
  }

  async #read(keyHash: string, key: string): Promise<void> {
    const stored = decodeEntry((await this.reader.getBuffer(key)) ?? Buffer.alloc(0));
    if (!stored) return;
    const { freshUntil, fetchedAt } = stored.entry;
    const lives = this.#lives.get(keyHash) ?? [];
    lives.push({ from: fetchedAt, until: freshUntil });
    this.#lives.set(keyHash, lives);
  }
}
