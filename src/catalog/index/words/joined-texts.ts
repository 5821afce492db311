/** A change of one text makes the chunk of the text anew. Larger chunks would not make a search faster. */
const textsPerChunk = 1_000;
/** Stands between two texts. A part can hold this character too, so a find is checked against the ends. */
const separator = '\0';

interface Chunk {
  joined: string;
  /** The index after each text and its separator. */
  ends: Uint32Array;
}

/**
 * Numbered texts in joined form. A search for a part goes through a thousand texts at a time, four to hundred times as
 * fast as through the texts one by one. A chunk is joined when a search needs the chunk.
 */
export class JoinedTexts {
  readonly #chunks: (Chunk | undefined)[] = [];

  constructor(private readonly textOf: (number: number) => string) {}

  /** The text with this number has changed. */
  changed(number: number): void {
    const chunk = Math.floor(number / textsPerChunk);
    if (this.#chunks[chunk]) this.#chunks[chunk] = undefined;
  }

  /**
   * Marks the number of each text that holds the part. Pauses after each chunk. Texts can come during a pause: chunks
   * hold them for later searches, and the array ignores a number that it has no place for.
   * @param isAtStart whether the text must begin with the part.
   */
  *search(part: string, hits: Uint8Array, { isAtStart = false } = {}): Generator<void> {
    const sought = isAtStart ? separator + part : part;
    const before = sought.length - part.length;
    for (let from = 0; from < hits.length; from += textsPerChunk) {
      const { joined, ends } = this.#chunk(from / textsPerChunk);
      let text = 0;
      for (let at = joined.indexOf(sought); at !== -1 && at + before < joined.length;) {
        const start = at + before;
        while (start >= (ends[text] ?? Infinity)) text += 1;
        const [begin, end] = [ends[text - 1] ?? separator.length, ends[text] ?? Infinity];
        const isInText = (isAtStart ? start === begin : start >= begin) && start + part.length < end;
        if (isInText) hits[from + text] = 1;
        at = joined.indexOf(sought, isInText ? end - before : at + 1);
      }
      yield;
    }
  }

  #chunk(index: number): Chunk {
    const known = this.#chunks[index];
    if (known) return known;
    const from = index * textsPerChunk;
    const texts = Array.from({ length: textsPerChunk }, (_, at) => this.textOf(from + at));
    let end = separator.length;
    const ends = Uint32Array.from(texts, (text) => (end += text.length + separator.length));
    return (this.#chunks[index] = { joined: separator + texts.join(separator) + separator, ends });
  }
}
