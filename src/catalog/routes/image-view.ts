import type { CatalogImage } from '../model/catalog-image.js';

/** In a list; `hosts.total` tells how many there are. */
const mostHostsShown = 10;

/** The top-level fields of an item, in its order. */
export const imageFields = [
  ...['imageId', 'digest', 'type', 'namespace', 'name', 'tag', 'sizeBytes', 'severity', 'scan'],
  ...['findingCounts', 'origins', 'entries', 'variantOf', 'variants', 'multiArch', 'hosts', 'running'],
  ...['updatedAt', 'appearedAt', 'baseOs', 'files', 'disagreements'],
] as (keyof CatalogImage)[];

/** What tells an image apart and how bad it is. */
export const briefFields: readonly (keyof CatalogImage)[] = [
  ...([
    'imageId',
    'digest',
    'type',
    'namespace',
    'name',
    'tag',
    'severity',
    'scan',
    'findingCounts',
  ] as const),
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
