/**
 * The forms of what lies in the catalog's log, checked when it is read. A checksum shows damaged bytes, and these
 * checks show a form of another release: such a change or base is read as "nothing", like a damaged one.
 */
import {
  hasFields,
  isCount,
  isListOf,
  isNumber,
  isText,
  isTime,
  orMissing,
  orNull,
  type Check,
} from '../../json/checks.js';
import { parseJson } from '../../json/lossless.js';
import type { ChangeSet } from '../model/change-set.js';
import type { ChangesHistory } from '../model/sources.js';
import type { CatalogList, SyncState } from '../model/sync-state.js';

export interface Head {
  epoch: string;
  /** -1 when Redis holds no number: the log cannot be read then. */
  version: number;
  /** The version as it stands in Redis, by which a write finds the head unchanged. */
  versionText: string;
  /** The newest base first. The base before it and the changes since then are kept, in case the newest is damaged. */
  bases: StoredBase[];
  /** Bytes of the changes after the newest base, as stored. */
  changeBytes: number;
}

/** The place of a base in Redis: `chunks` keys with a snapshot and one key with the summary. */
export interface StoredBase {
  id: string;
  version: number;
  chunks: number;
  bytes: number;
  /** Wall time in ms. */
  at: number;
  /** The history of changes in `pieces` keys. It begins after a version. Earlier releases write none. */
  history?: { pieces: number; after: ChangesHistory['after'] };
}

/** The parts of a base that are not in the store's snapshot. */
export interface BaseSummary {
  version: number;
  at: number;
  sync: SyncState;
  seen: Record<CatalogList, string[]>;
}

/** More than a catalog of ten gigabytes has. Each base is read and deleted chunk by chunk. */
const mostChunks = 100_000;

const isList = hasFields({
  walk: orNull(hasFields({ number: isCount, startedAt: isTime, offset: isCount })),
  walkedAt: orNull(isTime),
  deltaAt: orNull(isTime),
  newestScan: orNull(isText),
  rows: isCount,
});

const isSync = hasFields({
  registry: isList,
  local: isList,
  missedOnce: isListOf(isText),
  lastSerial: isCount,
  calls: isCount,
  purges: orMissing(hasFields({ upTo: isCount, version: isCount })),
  data: orMissing(hasFields({ upTo: isCount, version: isCount })),
});

const isSeen = hasFields({ registry: isListOf(isText), local: isListOf(isText) });
const isOfImage = hasFields({ key: isText });

const isTextOrNull = orNull(isText);
const isPlaceState = hasFields({
  registryName: isTextOrNull,
  namespace: isText,
  imageId: isTextOrNull,
  digest: isTextOrNull,
  name: isTextOrNull,
  tag: isTextOrNull,
  severity: isTextOrNull,
  scannedAt: isTextOrNull,
  scanStatus: isTextOrNull,
});
const isHost = hasFields({ hostId: isTextOrNull, hostName: isTextOrNull });

/** The changes of a step by places; a step of an earlier release has none. */
export const isImageChanges = orMissing(
  isListOf(
    hasFields({
      key: isText,
      was: isListOf(isPlaceState),
      is: isListOf(isPlaceState),
      came: isListOf(isHost),
      left: isListOf(isHost),
    }),
  ),
);

const isChangeSet = hasFields({
  version: isCount,
  at: isTime,
  images: isListOf(isOfImage),
  gone: isListOf(isText),
  contents: isListOf(isOfImage),
  events: isListOf(isOfImage),
  changes: isImageChanges,
  seen: isSeen,
  sync: isSync,
});

const isSummary = hasFields({ version: isCount, at: isTime, sync: isSync, seen: isSeen });

const isChunks: Check = (value) => isCount(value) && (value as number) <= mostChunks;

const isBase = hasFields({
  id: isText,
  version: isNumber,
  chunks: isChunks,
  bytes: isCount,
  at: isTime,
  history: orMissing(hasFields({ pieces: isChunks, after: hasFields({ version: isCount, at: isTime }) })),
});

/** @returns undefined for bytes that are no change of this form. */
export function readChangeSet(bytes: Buffer | undefined): ChangeSet | undefined {
  const found = parsed(bytes);
  return isChangeSet(found) ? (found as ChangeSet) : undefined;
}

/** @returns undefined for bytes that are no summary of this form. */
export function readSummary(bytes: Buffer | undefined): BaseSummary | undefined {
  const found = parsed(bytes);
  return isSummary(found) ? (found as BaseSummary) : undefined;
}

/**
 * @param fields `epoch`, `version`, `bases` and `changeBytes`, as Redis has them.
 * @returns null when there is no log.
 */
export function readHead(fields: readonly (string | null | undefined)[]): Head | null {
  const [epoch, version, bases, bytes] = fields.map((field) => field ?? undefined);
  if (epoch === undefined && version === undefined) return null;
  return {
    epoch: epoch ?? '',
    version: epoch === undefined ? -1 : (countIn(version) ?? -1),
    versionText: version ?? '',
    bases: basesIn(bases),
    // Bytes that cannot be read count as many: a new base is due.
    changeBytes: bytes === undefined ? 0 : (countIn(bytes) ?? Infinity),
  };
}

/** @returns no bases when the head's list of them cannot be read. */
function basesIn(text = '[]'): StoredBase[] {
  try {
    const bases = JSON.parse(text) as StoredBase[];
    return isListOf(isBase)(bases) ? bases : [];
  } catch {
    return [];
  }
}

function countIn(text = ''): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function parsed(bytes: Buffer | undefined): unknown {
  try {
    return bytes && parseJson(bytes.toString());
  } catch {
    return undefined;
  }
}
