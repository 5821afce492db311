import { sameDigest } from '../../domain/digest.js';
import type { Namespaces } from '../../domain/namespaces.js';
import type { CatalogEvent } from '../model/catalog-event.js';
import { eventsSeen } from '../model/image-change.js';
import {
  HistoryGone,
  type ChangeFilter,
  type ChangesHistory,
  type ChangesKeeper,
  type ChangesSource,
  type DatedEvent,
  type ToldStep,
} from '../model/sources.js';

/** A place among the changes: a step, and the number of its events before the place. */
interface Place {
  version: number;
  told: number;
}

/** About 20 MB of events. */
const mostEvents = 50_000;

/**
 * Keeps the newest 50,000 events of the catalog's steps, for the route of changes. A mark names a step of the log and
 * the number of its events that were already told. A mark means the same on every instance, as far back as the history
 * of the instance reaches. The bases of the log carry the history, so that an instance that starts knows it too.
 */
export class RecentChanges implements ChangesSource, ChangesKeeper {
  #epoch = '';
  #steps: ToldStep[] = [];
  #count = 0;
  /** The newest step whose events are no longer kept, and its time. All later events are kept. */
  #after = { version: 0, at: 0 };

  constructor(private readonly maxEvents = mostEvents) {}

  begin(epoch: string, version: number, at: number, history?: ChangesHistory): void {
    this.#epoch = epoch;
    this.#steps = [];
    this.#count = 0;
    this.#after = history?.after ?? { version, at };
    for (const step of history?.steps ?? []) this.record(step);
  }

  /** Adds the events of the next step. */
  record({ version, at, events, changes }: ToldStep): void {
    this.#steps.push({ version, at, events, ...(changes && { changes }) });
    this.#count += sizeOf({ events, ...(changes && { changes }) });
    let forget = 0;
    for (const step of this.#steps) {
      // A step without events counts as one event: the history of a quiet catalog must not grow for ever.
      if (this.#count <= this.maxEvents && this.#steps.length - forget <= this.maxEvents) break;
      this.#count -= sizeOf(step);
      // A step without events is no loss: a mark before it still means the same.
      if (sizeOf(step) > 0) this.#after = { version: step.version, at: step.at };
      forget += 1;
    }
    this.#steps.splice(0, forget);
  }

  get history(): ChangesHistory {
    return { after: this.#after, steps: [...this.#steps] };
  }

  since(
    since: string | number | undefined,
    limit: number,
    filter: ChangeFilter = {},
  ): Promise<{ items: DatedEvent[]; mark: string; hasMore: boolean }> {
    // An error must reach the caller as a rejected promise.
    return Promise.resolve().then(() => this.#since(since, limit, filter));
  }

  markAfter(epoch: string, version: number): string {
    // No step that is kept has more events. An instance can write this mark before the step's events are here.
    return writeMark(epoch, { version, told: this.maxEvents });
  }

  #since(since: string | number | undefined, limit: number, filter: ChangeFilter) {
    const isAsked = changeTest(filter);
    const seen = seenBy(filter.namespaces);
    const from = since === undefined ? this.#oldestFor(filter.namespaces) : this.#from(since, seen);
    const items: DatedEvent[] = [];
    let afterLast = from;
    let end = from;
    for (const step of this.#stepsFrom(from.version)) {
      const { version, at: madeAt } = step;
      const events = seen(step);
      const told = version === from.version ? from.told : 0;
      for (let at = told; at < events.length; at += 1) {
        const event = events[at];
        if (!event || !isAsked(event)) continue;
        if (items.length === limit) return { items, mark: writeMark(this.#epoch, afterLast), hasMore: true };
        items.push({ ...event, at: madeAt, version });
        afterLast = { version, told: at + 1 };
      }
      // Steps without events leave the mark alone, so that an answer without news stays the same.
      if (events.length > 0) end = { version, told: Math.max(told, events.length) };
    }
    if (this.#endsSoon(end)) end = this.#newest(seen);
    // A mark of another instance can be ahead of this instance, which then has no later events.
    return { items, mark: writeMark(this.#epoch, end), hasMore: false };
  }

  #stepsFrom(version: number): ToldStep[] {
    return this.#steps.filter((step) => step.version >= version);
  }

  /** Steps of an earlier release do not tell whose changes they have. */
  #oldestFor(namespaces: Namespaces | undefined): Place {
    const last = namespaces && this.#steps.findLast((step) => !hasPlaces(step));
    return { version: last ? last.version + 1 : this.#after.version, told: 0 };
  }

  /** Whether the place lies in the older half of the history: changes that nobody sees here push the place out. */
  #endsSoon({ version }: Place): boolean {
    const later = this.#steps.filter((step) => step.version > version);
    return later.reduce((sum, step) => sum + sizeOf(step), 0) > this.maxEvents / 2;
  }

  /** The place after all changes. */
  #newest(seen: SeenEvents): Place {
    const newest = this.#steps.at(-1);
    return { version: newest?.version ?? this.#after.version, told: newest ? seen(newest).length : 0 };
  }

  #from(since: string | number, seen: SeenEvents): Place {
    if (typeof since === 'number') {
      if (since <= this.#after.at) throw new HistoryGone();
      const first = this.#steps.find(({ at }) => at >= since);
      if (first) return { version: first.version, told: 0 };
      return this.#newest(seen);
    }
    const mark = /^(.+)\.(\d{1,15})\.(\d{1,15})$/.exec(since);
    if (!mark) throw new RangeError('No mark');
    const version = Number(mark[2]);
    if (mark[1] !== this.#epoch || version < this.#after.version) throw new HistoryGone();
    return { version, told: Number(mark[3]) };
  }
}

function writeMark(epoch: string, { version, told }: Place): string {
  return `${epoch}.${version}.${told}`;
}

type SeenEvents = (step: ToldStep) => readonly CatalogEvent[];

/** @returns the events of a step for the consumer. @throws HistoryGone for a step of an earlier release. */
function seenBy(namespaces: Namespaces | undefined): SeenEvents {
  if (!namespaces) return ({ events }) => events;
  return (step) => {
    if (!hasPlaces(step)) throw new HistoryGone();
    return (step.changes ?? []).flatMap((change) => eventsSeen(change, namespaces));
  };
}

/** Whether the step tells its changes by places too. */
function hasPlaces({ events, changes }: ToldStep): boolean {
  return changes !== undefined || events.length === 0;
}

function sizeOf({ events, changes }: Pick<ToldStep, 'events' | 'changes'>): number {
  return Math.max(events.length, changes?.length ?? 0);
}

/** The test whether a change meets the filter. */
function changeTest({
  kind,
  severity,
  imageId,
  hostId,
  hostName,
}: ChangeFilter): (event: CatalogEvent) => boolean {
  const name = hostName?.toLowerCase();
  return (event) =>
    (kind?.includes(event.kind) ?? true) &&
    (imageId === undefined || sameDigest(event.imageId, imageId) || sameDigest(event.digest, imageId)) &&
    (hostId === undefined || event.hostId === hostId) &&
    (name === undefined || event.hostName?.toLowerCase() === name) &&
    (severity === undefined || severitiesOf(event).some((word) => severity.includes(word)));
}

/** The severities by which a change is found. A consumer of risky images must learn that an image is risky no more. */
function severitiesOf({ kind, severity = null, before }: CatalogEvent): (string | null)[] {
  return kind === 'severity-changed' ? [before, severity] : [severity];
}
