import type { CatalogImage } from '../model/catalog-image.js';

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
  'disagreements',
] as (keyof CatalogImage)[];

/** The fields that identify an image and tell its risk. */
export const briefFields: readonly (keyof CatalogImage)[] = [
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

/** An image as an item of a list. */
export function toItem(image: CatalogImage, fields: readonly (keyof CatalogImage)[] | undefined): object {
  const { hosts } = image;
  const short = hosts.items.length <= mostHostsShown;
  const shown = short
    ? image
    : { ...image, hosts: { ...hosts, items: hosts.items.slice(0, mostHostsShown) } };
  return fields ? Object.fromEntries(fields.map((field) => [field, shown[field]])) : shown;
}

export function readFields(fields: string | undefined): (keyof CatalogImage)[] | undefined {
  return fields?.split(',') as (keyof CatalogImage)[] | undefined;
}
