import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { deflateLevel, seal, unseal } from '../bytes/sealed-bytes.js';
import { isPlainJson, parseJson, stringifyJson } from '../json/lossless.js';
import { hasFields, isBoolean, isCount, isListOf, isNumber, isText, isTime } from '../json/checks.js';
import type { Entry } from './entry.js';

/*
 * An entry as bytes in Redis: `fence checksum\n`, then the head as JSON and a newline, then the value as JSON,
 * deflated when it is long. The fence stands first, so that a script in Redis can compare it alone. Used by the two
 * tiers. Damaged bytes and other versions are read as "no entry", never as an error.
 */

const version = 1;
const deflateFromBytes = 2_048;
/** A block of HSS has 32 MiB at most; damaged bytes must not inflate to more than twice that. */
const maxBytes = 64 * 1024 * 1024;
/** The label is the fence, which varies, so the checksum covers the label. */
const framing = { coversLabel: true };

interface Head extends Omit<Entry, 'value' | 'fence'> {
  version: number;
  deflated: boolean;
  /** True when the value holds no big integer. The writer checks this once, so that no reader has to. */
  plain?: true;
}

/** The fields that a purge looks at. */
const marks = { tags: isListOf(isText), generation: isCount };
const isMarked = hasFields(marks);
/** A value of another release can lack a field: it is no entry, and is loaded anew. */
const isHead = hasFields({
  ...marks,
  deflated: isBoolean,
  fetchedAt: isTime,
  freshUntil: isTime,
  keepUntil: isTime,
  lifeMs: isNumber,
});

/** @returns the bytes, and the length of the value as JSON, in bytes. */
export function encodeEntry(entry: Entry): { bytes: Buffer; jsonLength: number } {
  const { value, fence, ...rest } = entry;
  const text = stringifyJson(value);
  const json = Buffer.from(text);
  const deflated = json.length >= deflateFromBytes;
  const head: Head = { version, deflated, ...(isPlainJson(text) ? { plain: true } : {}), ...rest };
  const body = Buffer.concat([
    Buffer.from(`${JSON.stringify(head)}\n`),
    deflated ? deflateRawSync(json, { level: deflateLevel }) : json,
  ]);
  return { bytes: seal(String(fence), body, framing), jsonLength: json.length };
}

/**
 * Reads the fence, the tags and the generation from the first bytes of an entry.
 * @returns undefined for bytes that are no beginning of an entry, or too few.
 */
export function decodeHead(bytes: Buffer): Pick<Entry, 'fence' | 'tags' | 'generation'> | undefined {
  const [, fence, json] = /^(\d{1,16}) [0-9a-f]{8}\n([^\n]*)\n/.exec(bytes.toString('utf8')) ?? [];
  if (fence === undefined || json === undefined) return undefined;
  try {
    const head = JSON.parse(json) as Head;
    if (!isMarked(head)) return undefined;
    const { tags, generation } = head;
    return { fence: Number(fence), tags, generation };
  } catch {
    return undefined;
  }
}

/** @returns undefined for bytes that are no entry of this version: a miss, never an error. */
export function decodeEntry(bytes: Buffer): { entry: Entry; jsonLength: number } | undefined {
  try {
    const { label: fence, body } = unseal(bytes, framing) ?? {};
    if (fence === undefined || body === undefined || !/^\d{1,16}$/.test(fence)) return undefined;
    const end = body.indexOf('\n');
    const head = JSON.parse(body.toString('utf8', 0, end)) as Head;
    const { version: found, deflated, plain, ...rest } = head;
    if (found !== version || !isHead(head)) return undefined;
    const packed = body.subarray(end + 1);
    const json = deflated ? inflateRawSync(packed, { maxOutputLength: maxBytes }) : packed;
    const value: unknown = plain ? JSON.parse(json.toString()) : parseJson(json.toString());
    const entry = { ...rest, fence: Number(fence), value };
    return { entry, jsonLength: json.length };
  } catch {
    return undefined;
  }
}
