/**
 * All answers as OpenAPI schemas; the answers of the catalog are in catalog-schemas.ts. test/e2e/openapi.test.ts
 * compares the schemas with real answers. A field is always present, and null where HSS gave no value. New fields may
 * appear at any time.
 */
import { problems } from '../http/problem.js';
import { catalogMark, catalogSchemas, candidates } from './catalog-schemas.js';
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

function page(items: Schema): Schema {
  return object({
    items: listOf(items),
    total: { ...integerOrNull, description: 'The number of matching rows; null when HSS gave no number' },
    limit: { type: 'integer' },
    offset: { type: 'integer' },
    next: { ...textOrNull, description: 'Link to the next page; null on the last page' },
    fetchedAt: { ...time, description: 'The time of the call to HSS, for the oldest row' },
  });
}

const image = {
  ...imageNames,
  sizeBytes: integerOrNull,
  severity,
  scan: orNull(scan),
  findingCounts: ref('FindingCounts'),
  entries: listOf(
    object({
      entryId: textOrNull,
      registryName: textOrNull,
      namespace: textOrNull,
      name: textOrNull,
      tag: textOrNull,
    }),
  ),
};

const registryImage = object({
  ...image,
  entryId: { ...textOrNull, description: "HSS's id of the row: an int64 as a string" },
  latestVersion: flagOrNull,
  updatedAt: timeOrNull,
  syncedAt: timeOrNull,
  multiArch: flagOrNull,
  scannable: flagOrNull,
  owner: textOrNull,
  sharedStatus: textOrNull,
  registry: object({ id: textOrNull, name: textOrNull, type: textOrNull }),
  instance: object({ id: textOrNull, name: textOrNull, url: textOrNull }),
  variants: listOf(
    object({
      entryId: textOrNull,
      ...imageNames,
      scanStatus: textOrNull,
      findingCounts: ref('FindingCounts'),
    }),
  ),
});

const localImage = object({
  imageId: textOrNull,
  digest: textOrNull,
  localType: textOrNull,
  name: textOrNull,
  tag: textOrNull,
  sizeBytes: integerOrNull,
  updatedAt: timeOrNull,
  severity,
  scan,
  findingCounts: ref('FindingCounts'),
  hostCount: integerOrNull,
  containerCount: integerOrNull,
  componentCount: integerOrNull,
  host: orNull(object({ hostId: textOrNull, name: textOrNull, agentId: textOrNull })),
  notScannableReason: textOrNull,
});

const part = object(
  {
    status: { type: 'string', enum: ['fresh', 'stale', 'pending', 'absent', 'failed'] },
    fetchedAt: time,
    error: object({ code: text, retryAt: time }, ['retryAt']),
  },
  ['fetchedAt', 'error'],
);

const parts = { image: part, baseOs: part, files: part, hosts: part };

const files = object({ items: listOf(ref('ImageFile')), total: integerOrNull, next: textOrNull });
const hosts = object({
  items: listOf(
    object({
      hostId: textOrNull,
      name: textOrNull,
      agentId: textOrNull,
      containerCount: integerOrNull,
      matchedBy: text,
    }),
  ),
  complete: { type: 'boolean', description: 'False when hosts may be missing' },
});

const problem = object(
  {
    type: text,
    title: text,
    status: { type: 'integer' },
    detail: text,
    code: { type: 'string', enum: Object.keys(problems) },
    requestId: text,
    retryable: { type: 'boolean' },
    retryAt: time,
    errors: fieldErrors,
    candidates,
    upstream: object({ status: { type: 'integer' }, code: textOrNull, requestId: textOrNull }),
  },
  ['retryAt', 'errors', 'candidates', 'upstream'],
);

const budget = object({
  apis: listOf(
    object({
      api: text,
      shared: {
        type: 'boolean',
        description: 'False while Redis is away: each instance then keeps to its share',
      },
      limit: count,
      windowMs: count,
      used: { ...count, description: 'Calls that count against the limit now' },
      queue: object({ waiting: count, 'left-behind': count, revalidation: count, background: count }),
      oldestWaitMs: orNull(count),
      nextSlotAt: time,
      pausedUntil: timeOrNull,
      breaker: object({
        state: { type: 'string', enum: ['closed', 'open', 'half-open'] },
        openUntil: timeOrNull,
      }),
      learnedLimit: orNull(object({ limit: count, windowMs: count, until: time })),
      instances: count,
    }),
  ),
});

const cacheState = object({
  memory: object({ entries: count, bytes: count, maxBytes: count }),
  hot: object({
    answers: count,
    bytes: count,
    maxBytes: count,
    hits: { ...count, description: 'Requests answered with stored bytes; `memoryHits` does not count them' },
  }),
  loading: { ...count, description: 'Loads under way' },
  inAgreement: {
    type: 'boolean',
    description:
      'False while this instance receives no messages of other instances: entries from memory are then marked stale',
  },
  counts: object({
    memoryHits: count,
    redisHits: count,
    loads: count,
    failures: count,
    superseded: { ...count, description: 'Loads that ended with the result of another instance' },
    unreadable: { ...count, description: 'Values in Redis that could not be read as an entry' },
  }),
});

const purgeRequest = {
  type: 'object',
  description: 'Exactly one of `key`, `tag`, `project` and `all`',
  properties: {
    key: { ...text, description: 'A key of the cache, as described in docs/cache.md' },
    tag: { ...text, description: 'list:KIND, image:DIGEST or project:ID' },
    project: text,
    all: { type: 'boolean', enum: [true] },
    dryRun: { type: 'boolean', description: 'true: says what the purge would void, and purges nothing' },
  },
};

const purge = object({
  tag: text,
  missing: { ...listOf(text), description: 'Instances that have not confirmed the purge' },
});

const purgeForecast = object({
  entries: { ...count, description: 'Stored answers that the purge would void' },
  calls: {
    ...count,
    description: 'Calls of HSS by which the catalog would read again in the background what the purge names',
  },
  refilledBy: {
    ...timeOrNull,
    description: 'When these calls end if consumers need none meanwhile; null without calls',
  },
});

export const schemas = {
  Budget: budget,
  CacheState: cacheState,
  Purge: purge,
  PurgeForecast: purgeForecast,
  PurgeRequest: purgeRequest,
  FindingCounts: object({
    vulnerabilities: integerOrNull,
    unsafeSettings: integerOrNull,
    maliciousFiles: integerOrNull,
  }),
  RegistryImage: registryImage,
  RegistryImagePage: page(ref('RegistryImage')),
  LocalImage: localImage,
  LocalImagePage: page(ref('LocalImage')),
  ImageFile: object({ name: textOrNull, path: textOrNull, sizeBytes: integerOrNull }),
  ImageFilePage: page(ref('ImageFile')),
  BaseImage: object({ osName: textOrNull, osVersion: textOrNull, layerDigest: textOrNull }),
  BaseImagePage: page(ref('BaseImage')),
  MergedImage: object(
    {
      image: orNull(object(image)),
      baseOs: orNull(listOf(ref('BaseImage'))),
      files: orNull(files),
      hosts: orNull(hosts),
      parts: object(parts, Object.keys(parts)),
      catalog: catalogMark,
    },
    [...Object.keys(parts), 'catalog'],
  ),
  ...catalogSchemas,
  Problem: problem,
} satisfies Record<string, Schema>;

export type SchemaName = keyof typeof schemas;
