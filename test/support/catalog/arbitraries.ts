/** Random documents and queries for property tests of the catalog (fast-check). */
import fc from '../fast-check.js';
import {
  facetNames,
  hostSortKeys,
  sortKeys,
  type HostSortTerm,
  wordFields,
  type ImageFilter,
  type SortTerm,
  type WordField,
} from '../../../src/catalog/model/catalog-query.js';
import type { ContentDocument, ImageDocument } from '../../../src/catalog/model/documents.js';
import { Namespaces } from '../../../src/domain/namespaces.js';
import { contentDocument, hostRecord, imageDocument, registryRecord } from './documents.js';

// Random images, filters and orders, for tests that compare two catalogs.

/**
 * Few words, so that filters and images share some. Some hold characters that are special in SQL, LIKE or folding.
 */
const word = fc.constantFrom(
  'app',
  'App',
  'a',
  "o'b",
  'x%y',
  '100_',
  'ünï',
  'İ',
  '"',
  '$1',
  'b;--',
  'team/app',
  '漢字',
);
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 4 });
const severity = maybe(fc.constantFrom('none', 'low', 'medium', 'high', 'critical'));
const status = maybe(fc.constantFrom('completed', 'not-scanned', 'failed', 'oversized'));
const reason = maybe(fc.constantFrom('docker_offline', 'too large'));
const time = maybe(fc.integer({ min: 1, max: 6 }).map((day) => `2026-01-0${day}T00:00:00.000Z`));
const big = fc.constantFrom(2n ** 53n + 1n, 2n ** 53n + 2n, 2n ** 63n - 1n);
const count = maybe(fc.oneof({ weight: 6, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: big }));
const counts = fc.record({ vulnerabilities: count, unsafeSettings: count, maliciousFiles: count });
const scan = fc.record({ status, scannedAt: time, failure: fc.constant(null) });
const id = maybe(fc.constantFrom('id1', 'id2', 'sha256:id1', 'sha256:d1', 'd1', 'd2'));
const common = {
  imageId: id,
  digest: id,
  name: maybe(word),
  tag: maybe(word),
  sizeBytes: count,
  severity,
  scan,
};

const entry = fc
  .record({
    ...common,
    findingCounts: counts,
    type: maybe(fc.constantFrom('private_image', 'cicd', 'jfrog')),
    namespace: maybe(word),
    updatedAt: time,
    multiArch: maybe(fc.boolean()),
    registry: fc.record({ id: fc.constant(null), name: maybe(word), type: fc.constant(null) }),
  })
  .chain((row) =>
    maybe(fc.integer({ min: 1_600_000_000_000, max: 1_800_000_000_000 })).map((appearedAt) => ({
      ...registryRecord(row),
      ...(appearedAt === null ? {} : { appearedAt }),
    })),
  );

/** Patterns that see some of the images, in one registry or in all of them. */
const pattern = fc
  .record({ registryName: maybe(word), namespace: word, isPrefix: fc.boolean() })
  .map(({ registryName, namespace, isPrefix }) =>
    [...(registryName === null ? [] : [`${registryName}:`]), namespace, ...(isPrefix ? ['*'] : [])].join(''),
  );
/** Null: all namespaces. */
export const someNamespaces = maybe(
  fc.array(pattern, { maxLength: 4 }).map((patterns) => new Namespaces(patterns)),
);

/** Any fields together: several hosts share a name or an agent. */
const anyHost = fc.record({
  hostId: maybe(fc.constantFrom('h1', 'h2', 'h3')),
  name: maybe(fc.constantFrom('node-1', 'node-2', "n'3")),
  agentId: maybe(fc.constantFrom('a1', 'a2')),
});
/** One of three hosts by some of its fields: different images name one host by different fields. */
const partOfHost = fc
  .record({ number: fc.constantFrom(4, 5, 6), fields: fc.subarray(['hostId', 'name', 'agentId']) })
  .map(({ number, fields }) => ({
    hostId: fields.includes('hostId') && number < 6 ? `h${number}` : null,
    name: fields.includes('name') ? `node-${number}` : null,
    agentId: fields.includes('agentId') ? `a${number}` : null,
  }));
const host = maybe(fc.oneof(anyHost, partOfHost));
const onHost = fc
  .record({
    ...common,
    findingCounts: counts,
    updatedAt: time,
    host,
    hostCount: maybe(fc.nat(4)),
    containerCount: count,
    notScannableReason: reason,
  })
  .map((row) => hostRecord(row));

const os = fc.record({
  osName: maybe(fc.constantFrom('Debian', 'debian', 'Alpine', 'İx')),
  osVersion: maybe(fc.constantFrom('9', '10', '3.1', '9.1', '90', '9-SP1')),
});
const fileName = fc.constantFrom('libcrypto.so', 'libcrypto.so.1.0.2k', 'LIB', 'a%b', "it's");
const filePath = fc.constantFrom('/usr/lib/', '/opt/', '/opt', '/');
const file = fc.record({ name: maybe(fileName), path: maybe(filePath) });
const contentParts = fc.record({
  baseOs: maybe(fc.array(os, { maxLength: 3 })),
  files: maybe(fc.array(file, { maxLength: 3 })),
  scannedUntil: time,
});

export interface Described {
  document: ImageDocument;
  content: ContentDocument | undefined;
}

/** Keys from a small set, so that later documents replace earlier ones. */
export const anImage = (keys: number): fc.Arbitrary<Described> =>
  fc
    .record({
      key: fc.nat(keys - 1),
      appearedAt: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_003 }),
      entries: fc.array(entry, { maxLength: 3 }),
      onHosts: fc.array(onHost, { maxLength: 3 }),
      content: maybe(contentParts),
    })
    // An image without any row does not exist.
    .filter(({ entries, onHosts }) => entries.length + onHosts.length > 0)
    .map(({ key, content, ...rest }) => ({
      document: imageDocument(`k${key}`, { serial: key, ...rest }),
      content: content
        ? contentDocument(`k${key}`, content.baseOs, content.files, content.scannedUntil)
        : undefined,
    }));

const text = fc.oneof(word, fc.constantFrom('p', 'AP', '/', 'p/', ':', '%', '_', "'", 'zzz', '字', 'i̇'));
const day = fc.integer({ min: 0, max: 7 }).map((n) => Date.UTC(2026, 0, n));
const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { minLength: 1, maxLength: 3 });

const words: { [Field in WordField]: fc.Arbitrary<(string | null)[]> } = {
  severity: some(severity),
  scanStatus: some(status),
  type: some(maybe(fc.constantFrom('private_image', 'cicd', 'jfrog', 'other'))),
  registryName: some(maybe(word)),
  namespace: some(maybe(word)),
  name: some(maybe(word)),
  tag: some(maybe(word)),
  notScannableReason: some(reason),
  baseOs: some(maybe(fc.constantFrom('Debian 9', 'debian', '9', 'Alpine 3.1'))),
  baseOsName: some(fc.constantFrom('DEBIAN', 'alpine', 'i̇X', 'plan9')),
  baseOsVersion: some(fc.constantFrom('9', '10', '11', '9-sp', '3')),
};

const conditions: Record<string, fc.Arbitrary<unknown>> & {
  [Field in keyof Required<ImageFilter>]: fc.Arbitrary<Required<ImageFilter>[Field]>;
} = {
  imageId: fc.constantFrom('id1', 'sha256:id2', 'd1', 'sha256:d2', 'nobody'),
  ...words,
  except: fc
    .subarray(wordFields.slice(), { minLength: 1, maxLength: 2 })
    .chain((fields) => fc.record(Object.fromEntries(fields.map((field) => [field, words[field]])))),
  vulnerabilities: fc.nat(6),
  unsafeSettings: fc.nat(6),
  maliciousFiles: fc.nat(6),
  hostCount: fc.nat(4),
  hostId: fc.constantFrom('h1', 'h2', 'h4', 'h5', 'h9'),
  hostName: fc.constantFrom('node-1', "n'3", 'node-4', 'node-5', 'node-6', 'NODE-1', 'nobody'),
  hostText: fc.constantFrom('node', 'NODE-', '4', "'", 'zzz'),
  inRegistry: fc.boolean(),
  onHosts: fc.boolean(),
  running: fc.boolean(),
  multiArch: fc.boolean(),
  fileName: fc.oneof(fileName, fc.constantFrom('lib', 'l%b', '.SO.', '_', 'lib/libc', '/opt/LIB', '/')),
  filePath: fc.oneof(filePath, fc.constantFrom('usr', 'USR')),
  updatedAfter: day,
  updatedBefore: day,
  scannedAfter: day,
  scannedBefore: day,
  text,
};

/** Mostly one to three conditions: more match nothing. */
export const aFilter = fc
  .subarray(Object.keys(conditions) as (keyof ImageFilter)[], { maxLength: 3 })
  .chain((fields) => fc.record(Object.fromEntries(fields.map((field) => [field, conditions[field]]))))
  .map((filter): ImageFilter => filter);

export const aSort: fc.Arbitrary<SortTerm[]> = fc.uniqueArray(
  fc.record({ key: fc.constantFrom(...sortKeys), descending: fc.boolean() }),
  { maxLength: 3, selector: ({ key }) => key },
);

export const aHostSort: fc.Arbitrary<HostSortTerm[]> = fc.uniqueArray(
  fc.record({ key: fc.constantFrom(...hostSortKeys), descending: fc.boolean() }),
  { maxLength: 3, selector: ({ key }) => key },
);

export const someFacets = fc.subarray([...facetNames]);
