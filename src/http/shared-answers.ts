import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { FencedValues } from '../cache/fenced-values.js';
import type { Tiers } from '../cache/tiers.js';
import { isValid, type VersionedStore } from '../cache/validity.js';
import { isAhead } from '../cache/entry.js';
import type { Clock } from '../time/clock.js';
import { SharedAnswerCodec } from './shared-answer-codec.js';
import type { AnswerSource, HotAnswer } from './hot-answers.js';

/** The largest number of URLs for which this instance remembers that Redis has no answer. */
const mostRemembered = 10_000;
/** A longer key is not looked up: the remembered keys would fill the memory. */
const longestKey = 1_024;
/** A longer answer is made anew from its entries. */
const mostBytes = 32 * 1024;
/** An answer that nobody requests does not stay in Redis longer, nor does an answer of an older release. */
const longestLifeMs = 3_600_000;

export interface SharedAnswersParts {
  values: FencedValues;
  tiers: Tiers;
  /** The stores beside the entries whose versions answers depend on, such as the catalog. */
  stores: readonly VersionedStore[];
  clock: Clock;
  /** Called with each answer that is new to this instance. */
  onFound: (route: string, body: string) => void;
}

/**
 * The hot answers of all instances, in Redis: an instance sends the bytes that another instance made, or that it made
 * itself before a restart. An answer from Redis counts only as long as the same answer would be made from the entries
 * in Redis: FencedValues compares the entries, and `isValid` compares everything else with what this instance knows.
 * An answer is stored when it is requested for the second time here. Used by HotAnswers.
 */
export class SharedAnswers implements AnswerSource {
  /** The number of requests since Redis had no answer. Until the answer is stored, Redis is not asked again. */
  readonly #absent = new LRUCache<string, number>({ max: mostRemembered });
  /** The tags of answers that were found before. */
  readonly #found = new LRUCache<string, true>({ max: mostRemembered });
  readonly #lookups = new Map<string, Promise<HotAnswer | undefined>>();
  readonly #codec: SharedAnswerCodec;

  constructor(private readonly parts: SharedAnswersParts) {
    this.#codec = new SharedAnswerCodec(parts.tiers, [...parts.stores, parts.tiers.newest]);
  }

  /** @returns undefined when Redis has no valid answer, or may have none. One lookup per key at a time. */
  find(key: string): Promise<HotAnswer | undefined> | undefined {
    const { tiers } = this.parts;
    if (key.length > longestKey || tiers.shared?.isUp !== true || !tiers.isInAgreement) return undefined;
    const requests = this.#absent.get(key);
    if (requests !== undefined) {
      this.#absent.set(key, requests + 1);
      return undefined;
    }
    const running = this.#lookups.get(key);
    if (running) return running;
    const lookup = this.#find(key).finally(() => this.#lookups.delete(key));
    this.#lookups.set(key, lookup);
    return lookup;
  }

  /** Stores the answer in Redis, unless it was not requested before. @param isSecond whether it certainly was. */
  offer(answer: HotAnswer, isSecond: boolean): void {
    const { tiers, values, clock } = this.parts;
    if (answer.key.length > longestKey) answer.isShared = true;
    if (answer.isShared || !(isSecond || (this.#absent.get(answer.key) ?? 0) > 1)) return;
    answer.isShared = true;
    if (tiers.shared?.isUp !== true || !tiers.isInAgreement) return;
    const form = this.#codec.encode(answer);
    if (!form || form.bytes.length > mostBytes) return;
    this.#absent.delete(answer.key);
    const lifeMs = Math.min(longestLifeMs, answer.age.validity.until - clock.now());
    if (lifeMs > 0) void values.put(nameOf(answer.key), form.fences, form.bytes, lifeMs);
  }

  async #find(key: string): Promise<HotAnswer | undefined> {
    const { tiers, values } = this.parts;
    const { losses } = tiers.heads;
    const bytes = await values.get(nameOf(key));
    let answer: HotAnswer | undefined;
    try {
      answer = bytes && this.#admitted(key, bytes, losses);
    } catch {
      // The body is not of this route: other bytes than this release wrote.
    }
    if (!answer) this.#absent.set(key, 1);
    return answer;
  }

  /** @param losses before Redis was asked: a message that was missed since may have made the answer void. */
  #admitted(key: string, bytes: Buffer, losses: number): HotAnswer | undefined {
    const { tiers, clock, onFound } = this.parts;
    const now = clock.now();
    const decoded = this.#codec.decode(key, bytes);
    if (!decoded || isAhead(decoded.answer.age.fetchedAt, now) || losses !== tiers.heads.losses)
      return undefined;
    const { answer, heads } = decoded;
    for (const { keyHash, head } of heads) tiers.takeHead(keyHash, head);
    for (const { store, key: of, version } of answer.age.validity.dependencies) store.adopt?.(of, version);
    if (!isValid(answer.age.validity, now)) return undefined;
    if (!this.#found.has(answer.etag)) {
      this.#found.set(answer.etag, true);
      // While Redis is away, answers are made from memory: the entries must be there by then. No request waits for this.
      for (const { keyHash } of heads) if (!tiers.memory.get(keyHash)) void tiers.find(keyHash);
      onFound(answer.route, String(answer.whole.body));
    }
    return answer;
  }
}

/** Half of a SHA-256: shows no text of consumers. */
function nameOf(key: string): string {
  return hash('sha256', key).slice(0, 32);
}
