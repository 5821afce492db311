import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.js';
import { Consumer, type Received } from './consumer.js';
import { coldPath } from './demand.js';
import type { CacheScale } from './cache-scale.js';
import { consumers, type Fleet } from './fleet.js';

/**
 * `warm`: a list in memory. `cold`: a list that no request has asked for, which costs a call. `merged`: an image with
 * some parts past their fresh life, so that the answer needs several commands to Redis, but no call.
 */
export type Kind = 'warm' | 'cold' | 'merged';
export type Asked = Received & { kind: Kind; phase: string };

const perSecond = 100;
const warmKeys = 10;
/** Only a few requests need calls: many calls would wait for each other. */
const everyTurn: readonly Kind[] = [...Array<Kind>(22).fill('warm'), 'cold', 'merged'];
const mostImages = 15;

/** A steady stream of requests to all processes in turn. Each answer is recorded with the phase of its request. */
export class ColdAndWarm {
  readonly #asked: Promise<Asked>[] = [];
  readonly #over = new AbortController();
  readonly #consumer = new Consumer(consumers[0]!.key);
  #running: Promise<void> | undefined;
  readonly #images: string[];
  #phase = 'before';
  #open = 0;
  #nextImage = 0;

  private constructor(
    private readonly fleet: Fleet,
    private readonly mostOpen: number,
    count: number,
  ) {
    this.#images = imagePaths(fleet, count);
  }

  /** @returns when all paths are cached. There are enough images that each is stale at its next turn. */
  static async start(fleet: Fleet, { freshMs, mostOpen }: CacheScale): Promise<ColdAndWarm> {
    const mergedPerSecond = perSecond / everyTurn.length;
    const load = new ColdAndWarm(
      fleet,
      mostOpen,
      Math.min(mostImages, Math.ceil((1.2 * mergedPerSecond * freshMs) / 1_000)),
    );
    const paths = [...load.#images, ...Array.from({ length: warmKeys }, (_, turn) => warmPath(turn))];
    for (const path of paths)
      await Promise.all(fleet.members.map(({ url }) => load.#consumer.get(url + path)));
    load.#running = load.#run();
    return load;
  }

  /** Begins a phase: all later requests belong to this phase. */
  enter(phase: string): void {
    this.#phase = phase;
  }

  /** Goes on for a while, and until requests of all kinds were made. */
  async goOn(forMs: number): Promise<void> {
    const enough = this.#asked.length + everyTurn.length;
    await sleep(forMs);
    await until(() => this.#asked.length >= enough);
  }

  async end(): Promise<Asked[]> {
    this.#over.abort();
    await this.#running;
    return Promise.all(this.#asked).finally(() => this.#consumer.close());
  }

  async #run(): Promise<void> {
    const startedAt = performance.now();
    for (let turn = 0; !this.#over.signal.aborted; turn += 1) {
      const waitMs = startedAt + (turn * 1_000) / perSecond - performance.now();
      if (waitMs > 1) await sleep(waitMs);
      while (this.#open >= this.mostOpen) await sleep(1);
      this.#open += 1;
      const asked = this.#ask(turn, everyTurn[turn % everyTurn.length]!);
      this.#asked.push(asked.finally(() => (this.#open -= 1)));
    }
  }

  async #ask(turn: number, kind: Kind): Promise<Asked> {
    const phase = this.#phase;
    // The order of the members is independent of the order of the kinds.
    const { url } = this.fleet.members[Math.floor(turn * 1.618) % this.fleet.members.length]!;
    return { ...(await this.#consumer.get(url + this.#pathOf(turn, kind))), kind, phase };
  }

  #pathOf(turn: number, kind: Kind): string {
    if (kind === 'warm') return warmPath(turn);
    if (kind === 'cold') return coldPath('ListRegistryImages');
    return this.#images[(this.#nextImage += 1) % this.#images.length]!;
  }
}

function warmPath(turn: number): string {
  return `/v1/registry-images?name=warm-${turn % warmKeys}`;
}

/** Only scanned images, whose content lives as long as the setting says. */
function imagePaths({ emulator: { data } }: Fleet, count: number): string[] {
  const rows = data.registryImages.map(({ row }) => row);
  return rows
    .filter(({ image_type, scan_status }) => image_type === 'private_image' && scan_status === 'success')
    .slice(0, count)
    .map(({ image_id, namespace, image_name, image_version }) => {
      const coordinates = { type: 'private_image', namespace, name: image_name, tag: image_version };
      return `/v1/images/${image_id}?${new URLSearchParams(coordinates as Record<string, string>).toString()}`;
    });
}
