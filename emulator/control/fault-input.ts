/** The fields that a fault scheduled over HTTP may have, per kind. */
import { emulatedApis } from '../routes.js';
import type { Fault, FaultKind } from '../traffic/faults.js';
import {
  check,
  flag,
  headers,
  integer,
  oneOf,
  optional,
  orNull,
  text,
  textOrObject,
  type Field,
  type JsonObject,
} from './control-input.js';

const statusField = integer(200, 599);

const fieldsByKind: Readonly<Record<FaultKind, Readonly<Record<string, Field>>>> = {
  status: {
    status: statusField,
    code: optional(text),
    message: optional(text),
    body: optional(textOrObject),
    headers: optional(headers),
  },
  throttle: { retryAfter: optional(text), text: optional(flag) },
  unauthorized: {},
  html: { status: optional(statusField) },
  garbage: {},
  'not-a-list': {},
  'missing-data-list': { totalNum: optional(integer(0)) },
  'missing-total': {},
  'short-page': { maxRows: integer(0), totalNum: optional(orNull(integer(0))) },
  raw: { body: text, status: optional(statusField), headers: optional(headers) },
  reset: {},
  hang: {},
  drip: { bytesPerSecond: integer(1) },
  truncate: {},
  huge: { bytes: optional(integer(1)) },
  latency: { ms: integer(0) },
};

export function faultFrom(input: JsonObject): Fault {
  const kinds = Object.keys(fieldsByKind) as FaultKind[];
  const kind = kinds.find((candidate) => candidate === input['kind']);
  const common = {
    kind: oneOf(kinds),
    api: optional(oneOf(emulatedApis)),
    times: optional(integer(1)),
    skip: optional(integer(0)),
  };
  return check(input, { ...common, ...(kind && fieldsByKind[kind]) }) as unknown as Fault;
}
