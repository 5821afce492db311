import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { parseJson, stringifyJson } from '../../../json/lossless.js';
import { commonText } from './common-text.js';

/**
 * Documents as deflated bytes. Setting up zlib takes four times as long as deflating one document, so four share a
 * block; more would make reading a single one slow. A block lives as long as one of its documents does.
 */
export const documentsPerBlock = 4;

/** Where a document lies. */
export interface Packed {
  readonly block: Buffer;
  readonly at: number;
}

/**
 * Level 6 saves 10 % of the bytes for half as much time again. A window that holds one block and the dictionary does,
 * and little memory with it: zlib clears all it takes, for every block, and what is larger comes from the system anew.
 */
const options = { level: 1, windowBits: 14, memLevel: 6, dictionary: Buffer.from(commonText) };

/** JSON holds no line feed, which therefore parts the documents of a block. */
export function pack(documents: readonly unknown[]): Packed[] {
  const packed: Packed[] = [];
  for (let from = 0; from < documents.length; from += documentsPerBlock) {
    const group = documents.slice(from, from + documentsPerBlock);
    // Copied: what zlib returns is the beginning of a buffer of 16 KiB.
    const block = Buffer.from(deflateRawSync(group.map(stringifyJson).join('\n'), options));
    for (let at = 0; at < group.length; at += 1) packed.push({ block, at });
  }
  return packed;
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

const lineFeed = 10;
