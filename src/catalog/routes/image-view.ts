import type { MatchingImage } from '../model/reader.js';

/** A list shows at most this many hosts of an image. `hosts.total` tells the number of all hosts. */
const mostHostsShown = 10;

/** The top-level fields of an item, in the order of the answer. */
export const imageFields = [
  'imageId',
  'digest',
  'type',
  'namespace',
  'name',
  'tag',
  'sizeBytes',
  'severity',
  'scan',
  'findingCounts',
  'origins',
  'entries',
  'variantOf',
  'variants',
  'multiArch',
  'hosts',
  'running',
  'notScannableReason',
  'updatedAt',
  'appearedAt',
  'baseOs',
  'files',
  'content',
  'disagreements',
  'containerCount',
  'matchedFiles',
] as (keyof MatchingImage)[];

/** The fields that identify an image and tell its risk. */
const briefFields: readonly (keyof MatchingImage)[] = [
  'imageId',
  'digest',
  'type',
  'namespace',
  'name',
  'tag',
  'severity',
  'scan',
  'findingCounts',
];

/** The fields of an image under its host. */
export const hostedFields: readonly (keyof MatchingImage)[] = [
  ...briefFields,
  'containerCount',
  'matchedFiles',
];

/** An image as an item of a list. Fields that are not part of this answer are left out. */
export function toItem(image: MatchingImage, fields: readonly (keyof MatchingImage)[] | undefined): object {
  const { hosts } = image;
  const short = hosts.items.length <= mostHostsShown;
  const shown = short
    ? image
    : { ...image, hosts: { ...hosts, items: hosts.items.slice(0, mostHostsShown) } };
  if (!fields) return shown;
  const known = fields.filter((field) => shown[field] !== undefined);
  return Object.fromEntries(known.map((field) => [field, shown[field]]));
}

export function readFields(fields: string | undefined): (keyof MatchingImage)[] | undefined {
  return fields?.split(',') as (keyof MatchingImage)[] | undefined;
}
