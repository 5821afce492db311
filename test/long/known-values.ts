/** Rows of HSS whose counts rise with time, so that a count tells when it was true. */
import type { Dataset } from '../../emulator/data/dataset.js';

const names = ['proxy-agent'];

interface Value {
  count: number;
  /** Wall time in ms from which the count is true. */
  from: number;
}

export interface Bounds {
  askedAt: number;
  /** How far the service's time may be from the test's. */
  slackMs: number;
  /** The oldest age that an answer may have. */
  oldestMs: number;
}

interface List {
  items: { name: string; findingCounts: { vulnerabilities: number | null } }[];
  fetchedAt: string;
}

export class KnownValues {
  readonly #history = new Map<string, Value[]>();

  constructor(private readonly data: Dataset) {
    for (const name of names) this.#set(name, 0);
  }

  /** Changes one row. */
  raise(turn: number): void {
    const name = names[turn % names.length]!;
    this.#set(name, this.#history.get(name)!.at(-1)!.count + 1);
  }

  question(turn: number): { path: string; row: string } {
    const row = names[turn % names.length]!;
    return { path: `/v1/registry-images?name=${row}&limit=${1 + (turn % 3)}`, row };
  }

  /** @returns what is wrong with an answer; undefined for an answer that HSS's data allow. */
  faultOf(row: string, body: object, { askedAt, slackMs, oldestMs }: Bounds): string | undefined {
    const { items, fetchedAt } = body as List;
    const at = Date.parse(fetchedAt);
    if (askedAt - at > oldestMs + slackMs) return `is ${askedAt - at} ms old`;
    const shown = items.find(({ name }) => name === row)?.findingCounts.vulnerabilities;
    if (typeof shown !== 'number') return `shows no count: ${JSON.stringify(items).slice(0, 200)}`;
    const history = this.#history.get(row)!;
    const least = history.findLast(({ from }) => from <= at - slackMs)?.count ?? 0;
    if (shown < least) return `shows ${shown}, but HSS said ${least} at ${fetchedAt}`;
    const most = history.at(-1)!.count;
    return shown > most ? `shows ${shown}, and HSS never said more than ${most}` : undefined;
  }

  #set(name: string, count: number): void {
    this.data.changeRegistryImages({ image_name: name }, { vul_num: count });
    this.#history.set(name, [...(this.#history.get(name) ?? []), { count, from: Date.now() }]);
  }
}
