import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { isPlainJson, parseJson, stringifyJson } from '../json/lossless.js';
import type { Entry } from './entry.js';

/**
 * An entry as bytes in Redis: `fence checksum\n`, then its head as JSON and a newline, then the value as JSON, deflated
 * when it is long. The fence stands first so that a script can compare it without reading on. Other versions and
 * damaged bytes are no entry.
 */
const version = 1;
const deflateFromBytes = 2_048;
/** Speed over size: lists shrink to a tenth at any level. */
const level = 1;
/** A block of HSS is 32 MiB at the most; damaged bytes must not unfold to more. */
const maxBytes = 64 * 1024 * 1024;

interface Head extends Omit<Entry, 'value' | 'fence'> {
  version: number;
  deflated: boolean;
  /** No big integer is in the value: looked for once, when it is stored, and not by everyone who reads it. */
  plain?: true;
}

/** @returns the bytes, and the value as JSON. */
export function encodeEntry(entry: Entry): { bytes: Buffer; json: string } {
  const { value, fence, ...rest } = entry;
  const text = stringifyJson(value);
  const json = Buffer.from(text);
  const deflated = json.length >= deflateFromBytes;
  const head: Head = { version, deflated, ...(isPlainJson(text) ? { plain: true } : {}), ...rest };
  const sealed = Buffer.concat([
    Buffer.from(`${JSON.stringify(head)}\n`),
    deflated ? deflateRawSync(json, { level }) : json,
  ]);
  const bytes = Buffer.concat([Buffer.from(`${fence} ${checksum(fence, sealed)}\n`), sealed]);
  return { bytes, json: text };
}

/** @returns undefined for what is no entry of this version: a miss, never an error. */
export function decodeEntry(bytes: Buffer): { entry: Entry; jsonLength: number } | undefined {
  try {
    const [, fence, sum] = /^(\d{1,16}) ([0-9a-f]{8})\n/.exec(bytes.toString('latin1', 0, 32)) ?? [];
    if (fence === undefined || sum === undefined) return undefined;
    const sealed = bytes.subarray(fence.length + sum.length + 2);
    if (checksum(Number(fence), sealed) !== sum) return undefined;
    const end = sealed.indexOf('\n');
    const head = JSON.parse(sealed.toString('utf8', 0, end)) as Head;
    const { version: found, deflated, plain, ...rest } = head;
    if (found !== version) return undefined;
    const body = sealed.subarray(end + 1);
    const json = deflated ? inflateRawSync(body, { maxOutputLength: maxBytes }) : body;
    const value: unknown = plain ? JSON.parse(json.toString()) : parseJson(json.toString());
    const entry = { ...rest, fence: Number(fence), value };
    return { entry, jsonLength: json.length };
  } catch {
    return undefined;
  }
}

function checksum(fence: number, sealed: Buffer): string {
  return crc32(sealed, crc32(`${fence}\n`))
    .toString(16)
    .padStart(8, '0');
}
