import type { KnownImage } from '../../../src/catalog/lookup/known-image.js';
import { derive } from '../../../src/catalog/model/derive.js';
import type { ContentDocument, ImageDocument } from '../../../src/catalog/model/documents.js';
import { newConsumer } from '../../../src/consumers/consumer.js';
import type { Scan } from '../../../src/domain/scan.js';
import type { Freshness } from '../../../src/endpoints/lists/freshness.js';
import type { RequestContext } from '../../../src/http/request-context.js';
import type { ImageView } from '../../../src/images/image-lookup.js';
import type { Part } from '../../../src/images/part.js';
import { Deadline } from '../../../src/time/deadline.js';
import { TestClock } from '../test-clock.js';

export const fetchedAt = Date.UTC(2026, 10, 21);
export const digest = `sha256:${'a'.repeat(64)}`;
export const coordinates = { type: 'private_image', namespace: 'team', name: 'app', tag: '1.0' };

export const freshness = (over: Partial<Freshness> = {}): Freshness => ({
  status: 'fresh',
  fetchedAt,
  freshUntil: fetchedAt + 60_000,
  outcome: 'hit',
  collapsed: false,
  validity: { until: Infinity, dependencies: [] },
  ...over,
});

export const scanOf = (status: string | null): Scan => ({ status, scannedAt: null, failure: null });

export const imageView = (over: Partial<ImageView> = {}): ImageView => ({
  imageId: digest,
  digest,
  ...coordinates,
  sizeBytes: null,
  severity: null,
  scan: scanOf('completed'),
  findingCounts: { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null },
  entries: [],
  ...over,
});

export const fresh = <T>(value: T): Part<T> => ({ status: 'fresh', value, freshness: freshness() });

export const requestContext = (over: Partial<RequestContext> = {}): RequestContext => ({
  consumer: 'test',
  principal: { consumer: newConsumer('test', ['read', 'hosts']), keyId: '00000000', expiresAt: null },
  namespaces: null,
  priority: 'waiting',
  deadline: new Deadline(new TestClock(), 1_000),
  demand: {},
  strict: false,
  hasIgnoredDirective: false,
  ...over,
});

const listAge = {
  walkedAt: fetchedAt,
  deltaAt: fetchedAt,
  updatesAt: fetchedAt,
  countedAt: fetchedAt,
  risksAt: null,
};
export const completeAge = {
  asOf: fetchedAt,
  complete: true,
  isUnread: false,
  lists: { registry: listAge, local: listAge },
};

/** An image of a complete catalog. */
export const knownImage = (
  document: ImageDocument,
  content?: ContentDocument,
  over: Partial<KnownImage> = {},
): KnownImage => ({
  document,
  namespaces: null,
  image: derive(document, content),
  allHosts: () => ({ ...derive(document, content).hosts, hasUnreadRows: false }),
  baseOs: () => content?.baseOs ?? null,
  files: () => {
    if (!content?.files) return null;
    const { rows, readAt, scannedUntil } = content.files;
    return { total: rows.length, readAt, scannedUntil, rows: (count) => rows.slice(0, count) };
  },
  notKnown: (part) => content?.notKnown?.[part],
  entry: document.entries[0],
  of: document.entries.length > 0 ? { imageId: digest, ...coordinates } : null,
  shown: document.entries,
  isShown: () => true,
  isMeant: () => true,
  isNamedByHosts: false,
  names: [],
  resolvedAt: Infinity,
  age: completeAge,
  freshnessAt: (readAt, lifeMs = 60_000) =>
    freshness({
      fetchedAt: readAt,
      freshUntil: readAt + lifeMs,
      status: readAt + lifeMs > fetchedAt ? 'fresh' : 'stale',
    }),
  ...over,
});
