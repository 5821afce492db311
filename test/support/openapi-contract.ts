/**
 * The contract of the API, written a second time by hand: routes, methods, query parameters and problem codes. The tests
 * of the OpenAPI document compare the document and the service with these tables.
 */
import { words } from './openapi.js';

const paging = words('limit offset walk enterpriseProjectId');
const both = words(
  'name tag scanStatus sizeBytes hasVulnerabilities updatedAfter updatedBefore scannedAfter scannedBefore',
);

/** The query parameters of each data route. */
export const routes: Record<string, string[]> = {
  '/v1/registry-images': [
    ...paging,
    ...both,
    ...words('namespace type registryName instanceId instanceName latestOnly syncedAfter syncedBefore'),
    ...words('hasMaliciousFiles hasUnsafeSettings risky multiArch severity sort'),
  ],
  '/v1/local-images': [
    ...paging,
    ...both,
    ...words(
      'localType hasContainers hostId hostName hostIp containerId containerName podId podName softwareName',
    ),
  ],
  '/v1/images/{imageId}/files': [...paging, ...words('type namespace name tag fileName')],
  '/v1/images/{imageId}/base-os': [...paging, ...words('type namespace name tag osName')],
  '/v1/images/{imageId}': words('type namespace name tag include fileName fileLimit enterpriseProjectId'),
};

/** The HTTP status of each problem code. */
export const statusOfCode: Record<string, number> = {
  'invalid-request': 400,
  'image-coordinates-required': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  'ambiguous-reference': 409,
  'image-not-scanned': 409,
  'cursor-expired': 410,
  'payload-too-large': 413,
  'uri-too-long': 414,
  'unsupported-media-type': 415,
  'rate-limited': 429,
  'headers-too-large': 431,
  internal: 500,
  'upstream-unauthorized': 502,
  'upstream-unsupported': 502,
  'upstream-invalid-response': 502,
  'upstream-throttled': 503,
  'upstream-unavailable': 503,
  'catalog-not-ready': 503,
  overloaded: 503,
  'deadline-exceeded': 504,
  'not-cached': 504,
};

/** The admin routes with their methods. */
const adminRoutes: Record<string, string> = {
  '/v1/admin/budget': 'get',
  '/v1/admin/cache': 'get',
  '/v1/admin/cache/purge': 'post',
  '/v1/admin/problems': 'get',
};

/** The catalog's routes with their methods; test/e2e/catalog-openapi.test.ts compares each route with the document. */
const catalogRoutes: Record<string, string> = {
  '/v1/images': 'get',
  '/v1/images/lookup': 'get',
  '/v1/images/batch-get': 'post',
  '/v1/hosts': 'get',
  '/v1/hosts/{hostId}/images': 'get',
  '/v1/catalog/status': 'get',
  '/v1/catalog/summary': 'get',
  '/v1/catalog/export': 'get',
  '/v1/catalog/changes': 'get',
};
/** The routes without a key. */
const healthRoutes: Record<string, string> = {
  '/health': 'get',
  '/health/live': 'get',
  '/health/ready': 'get',
};

/** The method of each route that is not a data route. Each data route has GET only. */
export const methods: Record<string, string> = {
  ...adminRoutes,
  ...catalogRoutes,
  ...healthRoutes,
  '/v1/me': 'get',
};

/** The method names of generated clients. An id never changes. */
export const operationIds: Record<string, string> = {
  '/v1/images': 'searchImages',
  '/v1/images/{imageId}': 'getImage',
  '/v1/images/lookup': 'lookupImage',
  '/v1/images/batch-get': 'batchGetImages',
  '/v1/images/{imageId}/files': 'listImageFiles',
  '/v1/images/{imageId}/base-os': 'listImageBaseOs',
  '/v1/hosts': 'listHosts',
  '/v1/hosts/{hostId}/images': 'listHostImages',
  '/v1/catalog/summary': 'getCatalogSummary',
  '/v1/catalog/export': 'exportCatalog',
  '/v1/catalog/changes': 'listCatalogChanges',
  '/v1/catalog/status': 'getCatalogStatus',
  '/v1/registry-images': 'listRegistryImages',
  '/v1/local-images': 'listLocalImages',
  '/v1/admin/budget': 'getBudget',
  '/v1/admin/cache': 'getCacheState',
  '/v1/admin/cache/purge': 'purgeCache',
  '/v1/admin/problems': 'listRecentProblems',
  '/v1/me': 'getMe',
  '/health': 'getHealth',
  '/health/live': 'getLiveness',
  '/health/ready': 'getReadiness',
};
