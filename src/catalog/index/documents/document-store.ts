import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { parseJson, stringifyJson } from '../../../json/lossless.js';
import { commonText } from './common-text.js';

/**
 * Documents as deflated bytes, for rows and snapshots. Setting up zlib takes four times as long as deflating one
 * document, so four documents share a block. More documents in a block would make reading a single document slow. A
 * block lives as long as one of its documents does.
 */
export const documentsPerBlock = 4;

/** The block that a document lies in, and the document's index there. */
export interface Packed {
  readonly block: Buffer;
  readonly at: number;
}

/**
 * Level 6 would save 10 % of the bytes and take half as much time again. The window is large enough for one block and
 * the dictionary. `memLevel` is low, because zlib clears all of its memory for every block and gets larger memory
 * from the system each time.
 */
const options = { level: 1, windowBits: 14, memLevel: 6, dictionary: Buffer.from(commonText) };

/** Deflates documents. A line feed separates the documents of a block: JSON holds none. */
export function pack(documents: readonly unknown[]): Packed[] {
  const packed: Packed[] = [];
  for (let from = 0; from < documents.length; from += documentsPerBlock) {
    const group = documents.slice(from, from + documentsPerBlock);
    const block = deflated(group.map(stringifyJson).join('\n'));
    for (let at = 0; at < group.length; at += 1) packed.push({ block, at });
  }
  return packed;
}

/** Copies a document into a block of its own. */
export function repack(packed: Packed): Packed {
  return { block: deflated(textOf(packed)), at: 0 };
}

export function unpack(packed: Packed): unknown {
  return parseJson(textOf(packed));
}

export function textOf({ block, at }: Packed): string {
  const bytes = inflateRawSync(block, options);
  let from = 0;
  for (let skipped = 0; skipped < at; skipped += 1) from = bytes.indexOf(lineFeed, from) + 1;
  const end = bytes.indexOf(lineFeed, from);
  return bytes.toString('utf8', from, end === -1 ? bytes.length : end);
}

/**
 * Copies bytes that live long. zlib returns the beginning of a buffer of 16 KiB, and `Buffer.from` cuts small buffers
 * out of a pool: a single block would keep the 64 KiB of the pool in memory.
 */
export function copied(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

function deflated(text: string): Buffer {
  return copied(deflateRawSync(text, options));
}

const lineFeed = 10;
