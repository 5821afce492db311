import { RedisUnavailable } from './redis-errors.js';

/** Redis answered with something that cannot be read: too short, or no number where a number belongs. */
export class UnreadableReply extends RedisUnavailable {
  constructor(what: string) {
    super(`its answer cannot be read: ${what}`);
    this.name = 'UnreadableReply';
  }
}

/**
 * Reads the elements of a reply of Redis, one after the other. A proxy or a server of another make can cut a reply off
 * or leave a field out, and a NaN that gets into the rules of the budget spreads to every time that they work out. So
 * each element is checked where it is read. All methods throw UnreadableReply.
 */
export class Reply {
  readonly #elements: readonly unknown[];
  #at = 0;

  constructor(reply: unknown) {
    if (!Array.isArray(reply)) throw new UnreadableReply('not a list');
    this.#elements = reply;
  }

  /** An integer reply, or a decimal number as text, which is the form of a score. */
  number(): number {
    return toNumber(this.#next());
  }

  text(): string {
    const text = this.textOrNull();
    if (text === null) throw new UnreadableReply('a text is missing');
    return text;
  }

  textOrNull(): string | null {
    return this.bytesOrNull()?.toString() ?? null;
  }

  bytesOrNull(): Buffer | null {
    const element = this.#next();
    if (element === null || Buffer.isBuffer(element)) return element;
    if (typeof element === 'string') return Buffer.from(element);
    throw new UnreadableReply('no text');
  }

  /** The elements that are left, as texts. */
  texts(): string[] {
    const texts: string[] = [];
    while (this.#at < this.#elements.length) texts.push(this.text());
    return texts;
  }

  /** The elements that are left, in pairs: a hash, for example. */
  pairs(): [name: string, value: string][] {
    const texts = this.texts();
    if (texts.length % 2 !== 0) throw new UnreadableReply('half a pair');
    const at = (index: number) => texts[index] ?? '';
    return Array.from({ length: texts.length / 2 }, (_, index) => [at(2 * index), at(2 * index + 1)]);
  }

  #next(): unknown {
    if (this.#at >= this.#elements.length) throw new UnreadableReply(`it ends after ${this.#at} elements`);
    return this.#elements[this.#at++];
  }
}

/** A number alone: an integer reply, or a decimal number as text. @throws UnreadableReply */
export function toNumber(element: unknown): number {
  const text = Buffer.isBuffer(element) ? element.toString() : element;
  // `Number('')` is 0.
  const number = typeof text === 'string' && text.trim() !== '' ? Number(text) : text;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new UnreadableReply('no number');
  return number;
}
