/** Changes of the dataset over HTTP. Rows are given with HSS's field names. */
import type { Dataset } from '../data/dataset.js';
import type { Container, LocalHost } from '../data/rows.js';
import type { ScanResult } from '../data/scan-changes.js';
import {
  anyNumber,
  check,
  flag,
  integer,
  listOrNew,
  object,
  objects,
  oneOf,
  optional,
  text,
  texts,
  type Field,
  type JsonObject,
} from './control-input.js';

const position = optional(oneOf(['first', 'last']));
const addFields = { row: optional(object), enterpriseProjectId: optional(text), at: position };
const contentFields = {
  files: optional(listOrNew),
  basicImages: optional(listOrNew),
  missing: optional(flag),
};
const surroundingFields = { hosts: optional(objects), software: optional(texts) };
const moveFields = { match: object, digest: optional(text), changes: optional(object) };
const scanResultFields = {
  scanStatus: optional(text),
  severityLevel: optional(text),
  vulNum: optional(integer(0)),
  unsafeSettingNum: optional(integer(0)),
  maliciousFileNum: optional(integer(0)),
  ...contentFields,
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
  'change-registry-images': {
    fields: { match: object, changes: object },
    run: (data, { match, changes }) => ({
      rows: data.changeRegistryImages(match as object, changes as object),
    }),
  },
  'move-tag': {
    fields: {
      list: optional(oneOf(['registry', 'local'])),
      ...moveFields,
      entry: optional(oneOf(['same', 'new'])),
    },
    run: (data, { action: _, list, ...input }) => {
      if (list !== 'local') {
        const { match, ...move } = input;
        return { rows: data.moveTag(match as object, move) };
      }
      const { match, ...move } = check(input, moveFields);
      return { rows: data.moveLocalTag(match as object, move) };
    },
  },
  'change-content': {
    fields: { digest: text, ...contentFields },
    run: (data, { digest, ...change }) => {
      data.changeContent(digest as string, change);
      return {};
    },
  },
  'remove-registry-images': {
    fields: { match: object },
    run: (data, { match }) => ({ rows: data.removeRegistryImages(match as object) }),
  },
  'add-local-image': {
    fields: { ...addFields, ...surroundingFields },
    run: (data, { row, ...placement }) =>
      data.addLocalImage(row as object | undefined, withWholeHosts(placement)),
  },
  'change-local-images': {
    fields: { match: object, changes: optional(object), ...surroundingFields },
    run: (data, { match, changes, ...surroundings }) => ({
      rows: data.changeLocalImages(match as object, changes ?? {}, withWholeHosts(surroundings)),
    }),
  },
  'remove-local-images': {
    fields: { match: object },
    run: (data, { match }) => ({ rows: data.removeLocalImages(match as object) }),
  },
};

type GivenHost = Partial<Omit<LocalHost, 'containers'> & { readonly containers: Partial<Container>[] }>;

/** A host over HTTP may leave out its address and its containers, a container any field. */
function withWholeHosts(given: JsonObject): { hosts?: LocalHost[] } {
  const hosts = given['hosts'] as readonly GivenHost[] | undefined;
  if (hosts === undefined) return given;
  const whole = hosts.map((host) => ({
    privateIp: '192.168.2.1',
    ...host,
    containers: (host.containers ?? []).map((each) => ({
      id: '',
      name: '',
      podId: '',
      podName: '',
      ...each,
    })),
  }));
  return { ...given, hosts: whole };
}

export function changeData(data: Dataset, input: JsonObject, nowMs: number): object {
  const names = Object.keys(dataActions);
  const name = names.find((candidate) => candidate === input['action']);
  const action = name === undefined ? undefined : dataActions[name];
  const checked = check(input, { action: oneOf(names), ...action?.fields });
  return action?.run(data, checked, nowMs) ?? {};
}
