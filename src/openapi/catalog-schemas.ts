/** The catalog's answers as OpenAPI schemas. test/e2e/catalog-openapi.test.ts compares them with real answers. */
import {
  count,
  fieldErrors,
  flagOrNull,
  imageNames,
  integerOrNull,
  listOf,
  object,
  orNull,
  ref,
  scan,
  severity,
  text,
  textOrNull,
  time,
  timeOrNull,
  type Schema,
} from './schema-parts.js';

const flag: Schema = { type: 'boolean' };
const known = object({ known: count, total: count });

const listAge = object({
  walkedAt: timeOrNull,
  deltaAt: timeOrNull,
  updatesAt: timeOrNull,
  countedAt: timeOrNull,
  risksAt: timeOrNull,
});

export const catalogMark = object({
  asOf: { ...time, description: 'The catalog holds the lists of HSS as of this time' },
  complete: { ...flag, description: 'False until both lists have been read to their ends' },
  coverage: {
    ...object({ baseOs: known, files: known }),
    description: 'The number of images whose content is known',
  },
  lists: {
    ...object({ registry: listAge, local: listAge }),
    description:
      'walkedAt: every row was read at this time or later, and absence is as old as this time. ' +
      'deltaAt: all scans before this time show. ' +
      'updatesAt: all changes before this time show that move a row’s update time. ' +
      'countedAt: rows that came or went before this time have changed HSS’s count, and a walk looks for them. ' +
      'risksAt: the riskiest rows, and those with containers, were read at this time or later',
  },
});

export const candidates: Schema = {
  ...listOf(object({ ...imageNames, registryName: textOrNull })),
  description: 'Images that an ambiguous reference may mean',
};

const origin = object({
  source: { type: 'string', enum: ['registry', 'host'] },
  entryId: textOrNull,
  hostId: textOrNull,
});

const matchedBy: Schema = {
  type: 'string',
  enum: ['digest', 'name', 'variant', 'index'],
  description:
    'variant: the host has an architecture of the asked image; index: the host names the multi-architecture image of the asked architecture. Lists of images have digest and name only',
};

const host = object({
  hostId: textOrNull,
  name: textOrNull,
  agentId: textOrNull,
  containerCount: integerOrNull,
  matchedBy,
});

const outlook = object({
  status: {
    ...text,
    description:
      'known; soon: the catalog is going to read the part; after-scan: HSS has to scan the image first; never: HSS has no answer',
  },
  reason: {
    ...textOrNull,
    description:
      'Null when known. soon: not-read, scanned-again. after-scan: not-scanned, scan-failed. never: jfrog, on-hosts-only, not-scannable, no-coordinates, not-known-to-hss. Other reasons may come',
  },
});

const imageFields = {
  ...imageNames,
  sizeBytes: integerOrNull,
  severity: { ...severity, description: 'The worst value of all sources; null: not assessed' },
  scan,
  findingCounts: ref('FindingCounts'),
  origins: object({
    severity: orNull(origin),
    vulnerabilities: orNull(origin),
    unsafeSettings: orNull(origin),
    maliciousFiles: orNull(origin),
  }),
  entries: listOf(
    object({
      entryId: textOrNull,
      registryName: textOrNull,
      type: textOrNull,
      namespace: textOrNull,
      name: textOrNull,
      tag: textOrNull,
      severity,
      scan,
      findingCounts: ref('FindingCounts'),
      latestVersion: flagOrNull,
      updatedAt: timeOrNull,
      syncedAt: timeOrNull,
    }),
  ),
  variantOf: textOrNull,
  variants: listOf(
    object({
      entryId: textOrNull,
      ...imageNames,
      scanStatus: textOrNull,
      findingCounts: ref('FindingCounts'),
    }),
  ),
  multiArch: flag,
  hosts: object({
    items: {
      ...listOf(host),
      description: 'Lists contain only the first ten hosts; the hosts that the request asks for come first',
    },
    total: count,
    complete: { ...flag, description: 'True when the catalog knows as many hosts as HSS counts' },
  }),
  running: { ...flag, description: 'At least one container runs the image, on any host' },
  notScannableReason: { ...textOrNull, description: 'Why HSS cannot scan the image on hosts' },
  updatedAt: timeOrNull,
  appearedAt: time,
  baseOs: orNull(listOf(ref('BaseImage'))),
  files: orNull(object({ total: count, readAt: time })),
  content: {
    ...object({ baseOs: outlook, files: outlook }),
    description: 'Whether the base OS and the files of the last scan are known, and if not, what to expect',
  },
  disagreements: listOf(
    object({
      field: text,
      values: listOf(object({ value: { description: 'A word or a number' }, origin })),
    }),
  ),
  containerCount: {
    ...integerOrNull,
    description:
      'Under a host, or with hostId: the number of containers that run the image on this host; null when HSS gave no number',
  },
  matchedFiles: {
    ...listOf(ref('ImageFile')),
    description: 'With fileName or filePath: the first ten files of the image that match',
  },
};

const facet = listOf(
  object({
    value: textOrNull,
    filter: { ...text, description: 'The text that the parameter of the same name takes for this value' },
    count,
  }),
);
const summaryFacets = ['severity', 'scanStatus', 'baseOs', 'registryName', 'namespace', 'onHosts'];
const facetNames = [...summaryFacets, 'type', 'notScannableReason', 'inRegistry', 'running', 'multiArch'];
const facetsOf = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, facet] as const));
const facets = facetsOf(facetNames);

const unknown: Schema = {
  ...count,
  description:
    'With a filter on content: the number of further images that might match; match=unknown lists these images',
};

const page = {
  total: count,
  limit: count,
  next: { ...textOrNull, description: 'Link to the next page; null on the last page' },
  nextCursor: textOrNull,
  unknown,
  catalog: catalogMark,
};

const list = object({
  rows: count,
  total: orNull(count),
  walk: orNull(
    object({
      startedAt: time,
      pagesDone: count,
      pagesExpected: orNull(count),
      again: { ...flag, description: 'This walk reads the rows that the walk before missed' },
    }),
  ),
  walkedAt: { ...timeOrNull, description: 'The start of the last complete walk' },
  deltaAt: { ...timeOrNull, description: 'The time of the last look for new scans' },
});

const part = object({
  known: count,
  total: count,
  expectedEndAt: { ...timeOrNull, description: 'The expected end if consumers make no calls' },
});

const status = object({
  ready: { ...flag, description: 'False until the first block of a list was read' },
  complete: flag,
  asOf: timeOrNull,
  epoch: text,
  version: count,
  registry: list,
  local: list,
  calls: count,
  expectedEndAt: { ...timeOrNull, description: 'The expected end of the walk if consumers make no calls' },
  coverage: object({ baseOs: part, files: part }),
  syncingInstance: textOrNull,
  waitingFor: {
    ...textOrNull,
    description: 'redis: the sync reads nothing while Redis is away; new values may appear',
  },
  enterpriseProjectId: {
    ...textOrNull,
    description: 'The enterprise project of the catalog; 0 hides other projects',
  },
  lastError: orNull(object({ at: time, code: text })),
  catalog: orNull(catalogMark),
});

const change = object({
  at: time,
  kind: {
    ...text,
    description:
      'appeared, disappeared, scanned, severity-changed, came-to-host, left-host; new kinds may appear',
  },
  imageId: textOrNull,
  digest: textOrNull,
  namespace: textOrNull,
  name: textOrNull,
  tag: textOrNull,
  severity: {
    ...textOrNull,
    description:
      "The image's severity after the change; null: not assessed, or told by an instance of release 0.1.0",
  },
  before: textOrNull,
  after: textOrNull,
  hostId: textOrNull,
  hostName: textOrNull,
});

export const catalogSchemas = {
  /** Every field is optional: the parameter `fields` selects the fields. */
  CatalogImage: object(imageFields, Object.keys(imageFields)),
  CatalogImagePage: object(
    { items: listOf(ref('CatalogImage')), ...page, facets: object(facets, Object.keys(facets)) },
    ['unknown', 'facets'],
  ),
  CatalogHost: object(
    {
      hostId: textOrNull,
      name: textOrNull,
      agentId: textOrNull,
      matches: { ...count, description: 'The number of matching images on the host' },
      containerCount: {
        ...integerOrNull,
        description:
          'The number of containers on the host that run matching images; null when HSS gave no number',
      },
      matchedBy: { ...matchedBy, description: 'How the image in imageId was found; only with imageId' },
      images: { ...listOf(ref('CatalogImage')), description: 'The first matching images, worst first' },
    },
    ['matchedBy'],
  ),
  CatalogHostedImage: object({
    hostId: textOrNull,
    hostName: textOrNull,
    agentId: textOrNull,
    containerCount: {
      ...integerOrNull,
      description: 'The number of containers that run the image on this host',
    },
    image: { ...ref('CatalogImage'), description: 'Names, risk, and files that match' },
  }),
  CatalogHostPage: object({ items: listOf(ref('CatalogHost')), ...page }, ['unknown']),
  CatalogStatus: status,
  CatalogSummary: object(
    {
      total: count,
      unknown,
      counts: object(facetsOf(summaryFacets)),
      riskiest: listOf(ref('CatalogImage')),
      catalog: catalogMark,
    },
    ['unknown'],
  ),
  CatalogChanges: object({
    items: listOf(change),
    limit: count,
    next: textOrNull,
    nextSince: {
      ...text,
      description: 'The value of `since` for the next request, with the same or another filter',
    },
    catalog: catalogMark,
  }),
  BatchRequest: {
    ...object({
      refs: {
        ...listOf(text),
        minItems: 1,
        maxItems: 100,
        description: '1 to 100 references, as for /v1/images/lookup',
      },
      include: {
        ...listOf({ type: 'string', enum: ['image', 'baseOs', 'files', 'hosts'] }),
        minItems: 1,
        uniqueItems: true,
      },
    }),
    required: ['refs'],
  },
  BatchAnswer: object({
    items: listOf(
      object({
        ref: text,
        outcome: { type: 'string', enum: ['ok', 'partial', 'failed', 'absent', 'invalid', 'ambiguous'] },
        value: { allOf: [ref('MergedImage')], nullable: true, type: 'object' },
        error: orNull(
          object({ code: text, detail: text, retryAt: time, errors: fieldErrors, candidates }, [
            'retryAt',
            'errors',
            'candidates',
          ]),
        ),
      }),
    ),
    catalog: orNull(catalogMark),
  }),
} satisfies Record<string, Schema>;
