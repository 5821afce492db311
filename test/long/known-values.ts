/** A row of HSS whose count rises with time, so that a count tells when it was true; and questions that show the count. */
import type { Dataset } from '../../emulator/data/dataset.js';

const digest = '0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';
const name = 'proxy-agent';
const coordinates = `type=private_image&namespace=scc_hss_container&name=${name}&tag=24.5.0-x86_64`;

interface Value {
  count: number;
  /** Wall time in ms from which the count is true. */
  from: number;
}

export interface Bounds {
  askedAt: number;
  /** How far the service's time may be from the test's. */
  slackMs: number;
  /** The oldest age that an answer from the cache may have. */
  oldestMs: number;
}

interface Counted {
  scan: { status: string | null };
  findingCounts: { vulnerabilities: number | null };
}

interface Shown {
  /** Undefined: an answer that should show the row does not. */
  counted: Counted | undefined;
  /** The time at which HSS was read, as the answer tells the time. */
  readAt: string;
  /** Whether the answer says that it does not know: the first walk goes on, or the row was purged and not read since. */
  saysUnknown?: boolean;
}

export interface Question {
  path: string;
  /** Takes the count out of a body. */
  shown: (body: never) => Shown;
  /** Whether a setting bounds the age. The catalog may be as old as its last walk. */
  isBounded: boolean;
}

interface List {
  items: (Counted & { name: string })[];
  fetchedAt: string;
}

const ofList = ({ items, fetchedAt }: List): Shown => ({
  counted: items.find((row) => row.name === name),
  readAt: fetchedAt,
});

interface Merged {
  image: Counted;
  parts: { image: { fetchedAt: string } };
}

interface Catalog {
  items: Counted[];
  catalog: { complete: boolean; lists: { registry: { walkedAt: string } } };
}

const questions: readonly ((turn: number) => Question)[] = [
  (turn) => ({
    path: `/v1/registry-images?name=${name}&limit=${1 + (turn % 3)}`,
    shown: ofList,
    isBounded: true,
  }),
  () => ({ path: `/v1/local-images?name=${name}`, shown: ofList, isBounded: true }),
  () => ({
    path: `/v1/images/${digest}?${coordinates}&include=image`,
    shown: ({ image, parts }: Merged) => ({ counted: image, readAt: parts.image.fetchedAt }),
    isBounded: false,
  }),
  () => ({
    path: `/v1/images?name=${name}`,
    // A changed count moves no update time, so only a walk is sure to find it.
    shown: ({ items: [counted], catalog: { complete, lists } }: Catalog) => ({
      counted,
      readAt: lists.registry.walkedAt,
      saysUnknown: counted === undefined ? !complete : counted.scan.status === null,
    }),
    isBounded: false,
  }),
];

export class KnownValues {
  readonly #history: Value[] = [];

  constructor(private readonly data: Dataset) {
    this.raise();
  }

  /** Changes the rows of the image in both lists. */
  raise(): void {
    const count = this.#history.length;
    this.data.changeRegistryImages({ image_name: name }, { vul_num: count });
    this.data.changeLocalImages({ image_name: name }, { vul_num: count });
    this.#history.push({ count, from: Date.now() });
  }

  question(turn: number): Question {
    return questions[turn % questions.length]!(turn);
  }

  /** @returns what is wrong with an answer; undefined for an answer that HSS's data allow. */
  faultOf(
    { shown, isBounded }: Question,
    body: object,
    { askedAt, slackMs, oldestMs }: Bounds,
  ): string | undefined {
    const { counted, readAt, saysUnknown = false } = shown(body as never);
    const at = Date.parse(readAt);
    if (isBounded && askedAt - at > oldestMs + slackMs) return `is ${askedAt - at} ms old`;
    if (saysUnknown) return undefined;
    const count = counted?.findingCounts.vulnerabilities;
    if (typeof count !== 'number') return `shows no count: ${JSON.stringify(body).slice(0, 200)}`;
    const least = this.#history.findLast(({ from }) => from <= at - slackMs)?.count ?? 0;
    if (count < least) return `shows ${count}, but HSS said ${least} at ${readAt}`;
    const most = this.#history.at(-1)!.count;
    return count > most ? `shows ${count}, and HSS never said more than ${most}` : undefined;
  }
}
