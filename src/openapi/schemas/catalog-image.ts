/** An image as the catalog shows it, and the parts of it that have names. */
import {
  about,
  count,
  flag,
  flagOrNull,
  integerOrNull,
  listOf,
  nothing,
  object,
  orNull,
  ref,
  text,
  textOrNull,
  time,
  timeOrNull,
  word,
  type Schema,
} from '../schema-parts.js';
import { imageNames, severity } from './images.js';

const outlook = (status: string, reason: Schema): Schema => object({ status: word(status), reason });

const imageFields = {
  ...imageNames,
  sizeBytes: integerOrNull,
  severity: about('The worst value of all sources; null: not assessed', orNull(ref('Severity'))),
  scan: ref('Scan'),
  findingCounts: ref('FindingCounts'),
  origins: ref('Origins'),
  entries: listOf(ref('CatalogEntry')),
  variantOf: about('The digest of the multi-architecture image that has this architecture', textOrNull),
  variants: listOf(ref('ImageVariant')),
  multiArch: flag,
  hosts: object({
    items: about(
      'Lists contain only the first ten hosts; the hosts that the request asks for come first. Null without the scope `hosts`',
      orNull(listOf(ref('MergedHost'))),
    ),
    total: count,
    complete: about('True when the catalog knows as many hosts as HSS counts', flag),
  }),
  running: about('At least one container runs the image, on any host', flag),
  notScannableReason: about('Why HSS cannot scan the image on hosts', textOrNull),
  updatedAt: timeOrNull,
  appearedAt: time,
  baseOs: orNull(listOf(ref('BaseImage'))),
  files: orNull(object({ total: count, readAt: time })),
  content: about(
    'Whether the base OS and the files of the last scan are known, and if not, what to expect',
    object({ baseOs: ref('ContentOutlook'), files: ref('ContentOutlook') }),
  ),
  disagreements: listOf(ref('Disagreement')),
  containerCount: about(
    'Under a host, or with hostId: the number of containers that run the image on this host; null when HSS gave no number',
    integerOrNull,
  ),
  matchedFiles: about(
    'With fileName or filePath: the first ten files of the image that match',
    listOf(ref('ImageFile')),
  ),
};

export const catalogImageSchemas = {
  Origin: about(
    'The row that a value comes from',
    object({
      source: { type: 'string', enum: ['registry', 'host'] },
      entryId: textOrNull,
      hostId: textOrNull,
    }),
  ),
  Origins: about(
    'The rows with the worst values; null when no row has a value',
    object({
      severity: orNull(ref('Origin')),
      vulnerabilities: orNull(ref('Origin')),
      unsafeSettings: orNull(ref('Origin')),
      maliciousFiles: orNull(ref('Origin')),
    }),
  ),
  CatalogEntry: about(
    'A row of the registry list',
    object({
      entryId: textOrNull,
      registryName: textOrNull,
      type: orNull(ref('ImageType')),
      namespace: textOrNull,
      name: textOrNull,
      tag: textOrNull,
      severity,
      scan: ref('Scan'),
      findingCounts: ref('FindingCounts'),
      latestVersion: flagOrNull,
      updatedAt: timeOrNull,
      syncedAt: timeOrNull,
    }),
  ),
  ContentOutlook: {
    description:
      'known: as of the last scan; soon: the catalog is going to read the part; after-scan: HSS has to scan the image first; never: HSS has no answer.',
    oneOf: [
      outlook('known', nothing),
      ...['soon', 'after-scan', 'never'].map((status) => outlook(status, ref('ContentReason'))),
    ],
  },
  Disagreement: about(
    'A field that rows of the image fill with different values',
    object({
      field: text,
      values: listOf(object({ value: { type: ['string', 'integer'] }, origin: ref('Origin') })),
    }),
  ),
  /** Every field is optional: the parameter `fields` selects the fields. */
  CatalogImage: object(imageFields, Object.keys(imageFields)),
};
