/** Parts that the answers about images share: names, scan, counts, rows of HSS's lists. */
import {
  about,
  count,
  flagOrNull,
  integerOrNull,
  listOf,
  object,
  orNull,
  ref,
  textOrNull,
  time,
  timeOrNull,
  type Schema,
} from '../schema-parts.js';

export const severity = about('null: not assessed', orNull(ref('Severity')));
const scanStatus = orNull(ref('ScanStatus'));

/** The six fields that name an image. */
export const imageNames = {
  imageId: textOrNull,
  digest: textOrNull,
  type: orNull(ref('ImageType')),
  namespace: textOrNull,
  name: textOrNull,
  tag: textOrNull,
};

/** The fields of the image part, which registry rows have too. A CI/CD image has no scan. */
export const image = {
  ...imageNames,
  sizeBytes: integerOrNull,
  severity,
  scan: orNull(ref('Scan')),
  findingCounts: ref('FindingCounts'),
  entries: listOf(ref('RegistryEntry')),
};

function page(items: Schema): Schema {
  return object({
    items: listOf(items),
    total: about('The number of matching rows; null when HSS gave no number', integerOrNull),
    limit: count,
    offset: count,
    next: about('Link to the next page; null on the last page', textOrNull),
    fetchedAt: about('The time of the call to HSS, for the oldest row', time),
  });
}

export const imageSchemas = {
  Scan: object({
    status: scanStatus,
    scannedAt: timeOrNull,
    failure: orNull(object({ code: textOrNull, description: textOrNull })),
  }),
  FindingCounts: about(
    'null: HSS gave no number',
    object({ vulnerabilities: integerOrNull, unsafeSettings: integerOrNull, maliciousFiles: integerOrNull }),
  ),
  RegistryEntry: about(
    'The place of an image in a registry',
    object({
      entryId: about("HSS's id of the row: an int64 as a string", textOrNull),
      registryName: textOrNull,
      namespace: textOrNull,
      name: textOrNull,
      tag: textOrNull,
    }),
  ),
  ImageVariant: about(
    'One architecture of a multi-architecture image',
    object({ entryId: textOrNull, ...imageNames, scanStatus, findingCounts: ref('FindingCounts') }),
  ),
  RegistryImage: object({
    ...image,
    scan: ref('Scan'),
    entryId: about("HSS's id of the row: an int64 as a string", textOrNull),
    latestVersion: flagOrNull,
    updatedAt: timeOrNull,
    syncedAt: timeOrNull,
    multiArch: flagOrNull,
    scannable: flagOrNull,
    owner: textOrNull,
    sharedStatus: textOrNull,
    registry: object({ id: textOrNull, name: textOrNull, type: textOrNull }),
    instance: object({ id: textOrNull, name: textOrNull, url: textOrNull }),
    variants: listOf(ref('ImageVariant')),
  }),
  RegistryImagePage: page(ref('RegistryImage')),
  LocalImage: object({
    imageId: textOrNull,
    digest: textOrNull,
    localType: orNull(ref('LocalImageType')),
    name: textOrNull,
    tag: textOrNull,
    sizeBytes: integerOrNull,
    updatedAt: timeOrNull,
    severity,
    scan: ref('Scan'),
    findingCounts: ref('FindingCounts'),
    hostCount: integerOrNull,
    containerCount: integerOrNull,
    componentCount: integerOrNull,
    host: orNull(object({ hostId: textOrNull, name: textOrNull, agentId: textOrNull })),
    notScannableReason: textOrNull,
  }),
  LocalImagePage: page(ref('LocalImage')),
  ImageFile: object({
    name: textOrNull,
    path: about('The directory, mostly with a slash at the end', textOrNull),
    sizeBytes: integerOrNull,
  }),
  ImageFilePage: page(ref('ImageFile')),
  BaseImage: object({ osName: textOrNull, osVersion: textOrNull, layerDigest: textOrNull }),
  BaseImagePage: page(ref('BaseImage')),
};
