/** Changes of the dataset over HTTP. Rows are given with HSS's field names. */
import type { Dataset, ScanResult } from '../data/dataset.js';
import {
  anyNumber,
  check,
  integer,
  listOrNew,
  object,
  oneOf,
  optional,
  text,
  type Field,
  type JsonObject,
} from './control-input.js';

const position = optional(oneOf(['first', 'last']));
const addFields = { row: optional(object), enterpriseProjectId: optional(text), at: position };
const scanResultFields = {
  scanStatus: optional(text),
  severityLevel: optional(text),
  vulNum: optional(integer(0)),
  unsafeSettingNum: optional(integer(0)),
  maliciousFileNum: optional(integer(0)),
  files: optional(listOrNew),
  basicImages: optional(listOrNew),
};

interface Action {
  readonly fields: Readonly<Record<string, Field>>;
  readonly run: (data: Dataset, input: JsonObject, nowMs: number) => object;
}

const dataActions: Readonly<Record<string, Action>> = {
  rescan: {
    fields: { digest: text, atMs: optional(anyNumber), result: optional(object) },
    run: (data, { digest, atMs, result }, nowMs) => {
      const found = check((result ?? {}) as JsonObject, scanResultFields) as ScanResult;
      return { rows: data.rescan(digest as string, Number(atMs ?? nowMs), found) };
    },
  },
  'set-scan-status': {
    fields: { digest: text, scanStatus: text },
    run: (data, { digest, scanStatus }) => ({
      rows: data.setScanStatus(digest as string, scanStatus as string),
    }),
  },
  'add-registry-image': {
    fields: addFields,
    run: (data, { row, ...placement }) => data.addRegistryImage(row as object | undefined, placement),
  },
  'remove-registry-images': {
    fields: { match: object },
    run: (data, { match }) => ({ rows: data.removeRegistryImages(match as object) }),
  },
  'add-local-image': {
    fields: addFields,
    run: (data, { row, ...placement }) => data.addLocalImage(row as object | undefined, placement),
  },
  'remove-local-images': {
    fields: { match: object },
    run: (data, { match }) => ({ rows: data.removeLocalImages(match as object) }),
  },
};

export function changeData(data: Dataset, input: JsonObject, nowMs: number): object {
  const names = Object.keys(dataActions);
  const name = names.find((candidate) => candidate === input['action']);
  const action = name === undefined ? undefined : dataActions[name];
  const checked = check(input, { action: oneOf(names), ...action?.fields });
  return action?.run(data, checked, nowMs) ?? {};
}
