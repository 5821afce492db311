/**
 * The bases of the catalog's log in Redis: each is a snapshot of the whole catalog in chunks, the history of changes in
 * pieces, and a summary.
 * StoredLog writes and reads bases through this file. Which bases the head names is not decided here.
 */
import { stringifyJson } from '../../json/lossless.js';
import type { RedisLink } from '../../redis/redis-link.js';
import { decodeFromLog, encodeForLog } from './log-codec.js';
import type { ChangesHistory, ToldStep } from '../model/sources.js';
import { readSummary, type BaseSummary, type StoredBase } from './log-forms.js';
import { piecesOf, readPiece } from './stored-history.js';

export interface LoadedBase {
  summary: BaseSummary;
  snapshot: AsyncIterable<Buffer>;
  /** The changes that have led to the base. Undefined when a piece cannot be read, and in a base without them. */
  history: ChangesHistory | undefined;
}

/** A part of the log in Redis that is damaged or missing. */
export class Unreadable extends Error {
  constructor(what: string) {
    super(`Unreadable in Redis: ${what}`);
    this.name = 'Unreadable';
  }
}

export class StoredBases {
  constructor(
    private readonly redis: RedisLink,
    private readonly key: (id: string, name: string) => string,
    private readonly keepMs: number,
  ) {}

  /**
   * Counts chunks and bytes in `base` as they are written, so that after a failure `keysOf` names all written
   * keys.
   */
  async write(
    base: StoredBase,
    summary: BaseSummary,
    { snapshot, history }: Pick<LoadedBase, 'snapshot' | 'history'>,
  ): Promise<void> {
    if (history) {
      const written = { pieces: 0, after: history.after };
      base.history = written;
      for (const piece of piecesOf(history.steps)) {
        base.bytes += await this.#write(base.id, pieceName(written.pieces), piece);
        written.pieces += 1;
      }
    }
    for await (const chunk of snapshot) {
      base.bytes += await this.#write(base.id, String(base.chunks), chunk);
      base.chunks += 1;
    }
    base.bytes += await this.#write(base.id, 'summary', Buffer.from(stringifyJson(summary)));
  }

  /** @returns undefined when the summary cannot be read. The snapshot throws Unreadable for a damaged chunk. */
  async read(base: StoredBase): Promise<LoadedBase | undefined> {
    const { id, chunks } = base;
    const summary = readSummary(await this.#read(id, 'summary'));
    if (!summary) return undefined;
    const read = async (chunk: number) => {
      const bytes = await this.#read(id, String(chunk));
      if (!bytes) throw new Unreadable(`chunk ${chunk} of base ${id}`);
      return bytes;
    };
    async function* snapshot(): AsyncGenerator<Buffer> {
      let ahead: Promise<Buffer> | undefined;
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        const bytes = await (ahead ?? read(chunk));
        // Redis sends the next chunk while the store takes this one over.
        ahead = chunk + 1 < chunks ? read(chunk + 1) : undefined;
        ahead?.catch(() => undefined);
        yield bytes;
      }
    }
    return { summary, snapshot: snapshot(), history: await this.#history(base) };
  }

  async #history({ id, history }: StoredBase): Promise<ChangesHistory | undefined> {
    if (!history) return undefined;
    const steps: ToldStep[] = [];
    for (let piece = 0; piece < history.pieces; piece += 1) {
      const read = readPiece(await this.#read(id, pieceName(piece)));
      if (!read) return undefined;
      steps.push(...read);
    }
    return { after: history.after, steps };
  }

  /**
   * The list has one more chunk and one more piece than were counted, because a write may have failed after Redis had
   * stored the bytes.
   */
  keysOf({ id, chunks, history }: StoredBase): string[] {
    const names = Array.from({ length: chunks + 1 }, (_, chunk) => String(chunk));
    const pieces = Array.from({ length: history ? history.pieces + 1 : 0 }, (_, piece) => pieceName(piece));
    return ['summary', ...names, ...pieces].map((name) => this.key(id, name));
  }

  async #read(id: string, name: string): Promise<Buffer | undefined> {
    return decodeFromLog(await this.redis.runAside((redis) => redis.getBuffer(this.key(id, name))));
  }

  async #write(id: string, name: string, bytes: Buffer): Promise<number> {
    const encoded = await encodeForLog(bytes);
    await this.redis.runAside((redis) => redis.set(this.key(id, name), encoded, 'PX', this.keepMs));
    return encoded.length;
  }
}

function pieceName(piece: number): string {
  return `history-${piece}`;
}
