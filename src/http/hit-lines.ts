/**
 * Writes the log lines about hits. Most hits share all fields but two. The shared fields are made into text once, and
 * making a line takes half of the time (docs/decisions.md).
 */
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';

/** The fields of a log line about one answered request. */
export interface AnswerLine {
  reqId: string;
  method: string;
  route: string | null;
  status: number;
  ms: number;
  consumer: string | null;
  /** The id of the key, which tells two keys of one consumer apart. */
  keyId: string | null;
  traceId?: string;
}

/** A log that makes logs whose lines begin with given fields. */
export type HitLog = Pick<Logger, 'child'>;

interface Kind {
  readonly log: Pick<Logger, 'info'>;
  readonly fields: Omit<AnswerLine, 'reqId' | 'ms' | 'traceId'>;
}

const mostKinds = 1_000;

export class HitLines {
  readonly #kinds = new LRUCache<string, Kind>({ max: mostKinds });
  #last: Kind | undefined;
  #unwritten = 0;

  /** @param sampleHits one line in this many is written, and says so. */
  constructor(
    private readonly log: HitLog,
    private readonly sampleHits: number,
  ) {}

  write(line: AnswerLine): void {
    this.#unwritten += 1;
    if (this.#unwritten < this.sampleHits) return;
    this.#unwritten = 0;
    const { reqId, ms, traceId } = line;
    if (!this.#last || !isOfKind(line, this.#last)) this.#last = this.#kindOf(line);
    this.#last.log.info({ reqId, ms: Math.round(ms), traceId }, 'Answered');
  }

  #kindOf({ method, route, status, consumer, keyId }: AnswerLine): Kind {
    const key = `${method} ${status} ${route} ${consumer} ${keyId}`;
    let kind = this.#kinds.get(key);
    if (kind) return kind;
    const fields = { method, route, status, consumer, keyId };
    const sample = this.sampleHits > 1 ? { sample: this.sampleHits } : {};
    kind = { log: this.log.child({ ...fields, ...sample }), fields };
    this.#kinds.set(key, kind);
    return kind;
  }
}

function isOfKind(line: AnswerLine, { fields }: Kind): boolean {
  return (
    line.route === fields.route &&
    line.status === fields.status &&
    line.keyId === fields.keyId &&
    line.consumer === fields.consumer &&
    line.method === fields.method
  );
}
