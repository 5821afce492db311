import type { ChangeSet } from '../model/change-set.js';
import { HistoryGone, type ChangesSource, type DatedEvent } from '../model/sources.js';

interface Step {
  version: number;
  at: number;
  events: DatedEvent[];
}

/** About 20 MB of them. */
const mostEvents = 50_000;

/**
 * The events of the steps that this instance has applied, the newest 50,000. A mark is a step and how many of its
 * events were told: it means the same on every instance, as far back as each one's history reaches.
 */
export class RecentChanges implements ChangesSource {
  #epoch = '';
  #steps: Step[] = [];
  #count = 0;
  /** Everything after this step is held, and when that was. */
  #after = { version: 0, at: 0 };

  constructor(private readonly maxEvents = mostEvents) {}

  /** The catalog begins at this step of this wall time, or begins anew. */
  begin(epoch: string, version: number, at: number): void {
    this.#epoch = epoch;
    this.#steps = [];
    this.#count = 0;
    this.#after = { version, at };
  }

  /** One step after the other. */
  record({ version, at, events }: Pick<ChangeSet, 'version' | 'at' | 'events'>): void {
    this.#steps.push({ version, at, events: events.map((event) => ({ ...event, at, version })) });
    this.#count += events.length;
    let forget = 0;
    for (const step of this.#steps) {
      // A step without events is as long as one: a quiet catalog must not grow for ever.
      if (this.#count <= this.maxEvents && this.#steps.length - forget <= this.maxEvents) break;
      this.#count -= step.events.length;
      this.#after = { version: step.version, at: step.at };
      forget += 1;
    }
    this.#steps.splice(0, forget);
  }

  since(
    since: string | number | undefined,
    limit: number,
  ): Promise<{ items: DatedEvent[]; mark: string; hasMore: boolean }> {
    // A refusal has to arrive as a rejection.
    return Promise.resolve().then(() => this.#since(since, limit));
  }

  #since(since: string | number | undefined, limit: number) {
    const from = this.#from(since);
    const items: DatedEvent[] = [];
    let place = from;
    for (const step of this.#stepsFrom(from.version)) {
      const told = step.version === from.version ? from.told : 0;
      const taken = step.events.slice(told, told + limit - items.length);
      items.push(...taken);
      place = { version: step.version, told: told + taken.length };
      if (place.told < step.events.length) break;
    }
    const last = this.#steps.at(-1);
    // Another instance can have told more than this one has heard of: then nothing is left here.
    const hasMore =
      last !== undefined &&
      (place.version < last.version || (place.version === last.version && place.told < last.events.length));
    return { items, mark: `${this.#epoch}.${place.version}.${place.told}`, hasMore };
  }

  #stepsFrom(version: number): Step[] {
    return this.#steps.filter((step) => step.version >= version);
  }

  #from(since: string | number | undefined): { version: number; told: number } {
    if (since === undefined) return { version: this.#after.version, told: 0 };
    if (typeof since === 'number') {
      if (since <= this.#after.at) throw new HistoryGone();
      const first = this.#steps.find(({ at }) => at >= since);
      if (first) return { version: first.version, told: 0 };
      const newest = this.#steps.at(-1);
      return { version: newest?.version ?? this.#after.version, told: newest?.events.length ?? 0 };
    }
    const mark = /^(.+)\.(\d{1,15})\.(\d{1,15})$/.exec(since);
    if (!mark) throw new RangeError('No mark');
    const version = Number(mark[2]);
    if (mark[1] !== this.#epoch || version < this.#after.version) throw new HistoryGone();
    return { version, told: Number(mark[3]) };
  }
}
