/**
 * The history of changes as a base of the catalog's log carries it: pieces of JSON, each with some of the steps.
 * StoredBases writes and reads the pieces. With them a starting instance knows the same changes as the instance that
 * wrote the base, so the marks of consumers stay good.
 */
import { hasFields, isCount, isListOf, isOneOf, isText, isTime } from '../../json/checks.js';
import { parseJson, stringifyJson } from '../../json/lossless.js';
import { eventKinds } from '../model/catalog-event.js';
import type { ToldStep } from '../model/sources.js';
import { isImageChanges } from './log-forms.js';

/** Events or changes by places. A piece of about 300 KB takes a few ms to write or to read. */
const eventsPerPiece = 1_000;

export function* piecesOf(steps: readonly ToldStep[]): Generator<Buffer> {
  let piece: ToldStep[] = [];
  let size = 0;
  for (const step of steps) {
    piece.push(step);
    size += 1 + Math.max(step.events.length, step.changes?.length ?? 0);
    if (size < eventsPerPiece) continue;
    yield Buffer.from(stringifyJson(piece));
    [piece, size] = [[], 0];
  }
  if (piece.length > 0) yield Buffer.from(stringifyJson(piece));
}

const isEvent = hasFields({ kind: isOneOf(...eventKinds), key: isText });
const isPiece = isListOf(
  hasFields({ version: isCount, at: isTime, events: isListOf(isEvent), changes: isImageChanges }),
);

/** @returns undefined for bytes that are no piece of this form. */
export function readPiece(bytes: Buffer | undefined): ToldStep[] | undefined {
  try {
    const found: unknown = bytes && parseJson(bytes.toString());
    return isPiece(found) ? (found as ToldStep[]) : undefined;
  } catch {
    return undefined;
  }
}
