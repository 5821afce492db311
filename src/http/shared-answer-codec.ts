import { gunzipSync, gzipSync } from 'node:zlib';
import type { EntryHead } from '../cache/entry.js';
import type { Fence } from '../cache/fenced-values.js';
import type { Tiers } from '../cache/tiers.js';
import type { Dependency, VersionedStore } from '../cache/validity.js';
import {
  hasFields,
  isBoolean,
  isCount,
  isListOf,
  isText,
  isTime,
  orMissing,
  type Check,
} from '../json/checks.js';
import { bytesOf, hotAnswer, type HotAnswer } from './hot-answers.js';

/*
 * A hot answer as bytes in Redis: a head as JSON and a newline, then the body, as gzip when it is long. The entries that
 * the answer was made from become fences; the other versions stand in the head. Used by SharedAnswers. Bytes that cannot
 * be read are no answer, never an error.
 */

/** Unpacking a short body would take longer than all else about the answer. */
const plainUpToBytes = 8 * 1024;
/** Damaged bytes must not become more than this. */
const longestBody = 8 * 1024 * 1024;

interface Head {
  route: string;
  contentType: string;
  etag: string;
  link?: string | undefined;
  fetchedAt: number;
  freshUntil: number;
  until: number;
  isPacked: boolean;
  entries: readonly (EntryHead & { keyHash: string })[];
  /** Store, key and version; a version is null where the store has none. */
  versions: readonly (readonly [string, string, string | number | null])[];
}

/** Node refuses other characters in a header. */
const isHeader: Check = (value) => typeof value === 'string' && /^[\t -~]*$/.test(value);

const isHead = hasFields({
  route: isText,
  contentType: isHeader,
  etag: isHeader,
  link: orMissing(isHeader),
  fetchedAt: isTime,
  freshUntil: isTime,
  until: isTime,
  isPacked: isBoolean,
  entries: isListOf(
    hasFields({ keyHash: isText, fence: isCount, generation: isCount, tags: isListOf(isText) }),
  ),
  versions: Array.isArray,
});

export class SharedAnswerCodec {
  readonly #stores: ReadonlyMap<string | undefined, VersionedStore>;

  constructor(
    private readonly tiers: Tiers,
    stores: readonly VersionedStore[],
  ) {
    this.#stores = new Map(stores.map((store) => [store.name, store]));
  }

  /** @returns undefined for an answer that depends on more than other instances can compare. */
  encode(answer: HotAnswer): { fences: Fence[]; bytes: Buffer } | undefined {
    const { route, contentType, etag, link, age, whole } = answer;
    const entries: Head['entries'][number][] = [];
    const versions: Head['versions'][number][] = [];
    const fences: Fence[] = [];
    for (const { store, key, version } of age.validity.dependencies) {
      if (store === this.tiers) {
        const head = this.tiers.headOf(key);
        if (head?.fence !== version || head === undefined) return undefined;
        entries.push({ keyHash: key, ...head });
        fences.push({ keyHash: key, fence: head.fence, isPresent: true });
      } else {
        if (store.name === undefined || this.#stores.get(store.name) !== store) return undefined;
        versions.push([store.name, key, version ?? null]);
        if (store === this.tiers.newest)
          fences.push({ keyHash: key, fence: version as number, isPresent: false });
      }
    }
    const plain = bytesOf(whole);
    const isPacked = plain.length > plainUpToBytes;
    const { fetchedAt, freshUntil, validity } = age;
    const times = { fetchedAt, freshUntil, until: validity.until };
    const head: Head = { route, contentType, etag, link, ...times, isPacked, entries, versions };
    const packed = () => (answer.packed ? bytesOf(answer.packed) : gzipSync(plain));
    return {
      fences,
      bytes: Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), isPacked ? packed() : plain]),
    };
  }

  /** @returns the answer, and the heads of the entries that it was made from. */
  decode(
    key: string,
    bytes: Buffer,
  ): { answer: HotAnswer; heads: { keyHash: string; head: EntryHead }[] } | undefined {
    try {
      const end = bytes.indexOf('\n');
      const head = JSON.parse(bytes.toString('utf8', 0, end)) as Head;
      if (!isHead(head)) return undefined;
      const { route, contentType, etag, link, fetchedAt, freshUntil, until, isPacked } = head;
      const dependencies: Dependency[] = head.entries.map(({ keyHash, fence }) => ({
        store: this.tiers,
        key: keyHash,
        version: fence,
      }));
      for (const [name, of, version] of head.versions) {
        const store = this.#stores.get(name);
        if (!store) return undefined;
        dependencies.push({ store, key: of, version: version ?? undefined });
      }
      const rest = bytes.subarray(end + 1);
      const body = isPacked ? gunzipSync(rest, { maxOutputLength: longestBody }) : rest;
      const validity = { until, dependencies };
      const age = { fetchedAt, freshUntil, outcome: 'hit' as const, collapsed: false, validity };
      const parts = { key, route, contentType, etag, link, age };
      const answer = hotAnswer(parts, body, isPacked ? rest : undefined);
      answer.isShared = true;
      const heads = head.entries.map(({ keyHash, ...entry }) => ({ keyHash, head: entry }));
      return { answer, heads };
    } catch {
      return undefined;
    }
  }
}
