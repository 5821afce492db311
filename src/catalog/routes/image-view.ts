import type { View } from '../../consumers/consumer.js';
import type { Origin } from '../model/catalog-image.js';
import type { MatchingImage } from '../model/reader.js';

/** An image whose hosts may be hidden. */
type SeenImage = Omit<MatchingImage, 'hosts'> & {
  hosts: Omit<MatchingImage['hosts'], 'items'> & { items: MatchingImage['hosts']['items'] | null };
};

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

/** An image as a consumer with this view sees it: without the scope `hosts` it names no host, and counts stay. */
export function forView(image: MatchingImage, view: View): SeenImage {
  if (view.hosts) return image;
  const { hosts, origins, disagreements } = image;
  return {
    ...image,
    hosts: { ...hosts, items: null },
    origins: mapValues(origins, (origin) => origin && withoutHost(origin)),
    disagreements: disagreements.map(({ field, values }) => ({
      field,
      values: values.map(({ value, origin }) => ({ value, origin: withoutHost(origin) })),
    })),
  };
}

function withoutHost(origin: Origin): Origin {
  return { ...origin, hostId: null };
}

function mapValues<Key extends string, T>(record: Record<Key, T>, map: (value: T) => T): Record<Key, T> {
  const entries = Object.entries<T>(record).map(([key, value]) => [key, map(value)]);
  return Object.fromEntries(entries) as Record<Key, T>;
}

/** An image as an item of a list. Fields that are not part of this answer are left out. */
export function toItem(
  image: MatchingImage,
  fields: readonly (keyof MatchingImage)[] | undefined,
  view: View,
): object {
  const { hosts } = image;
  const short = hosts.items.length <= mostHostsShown;
  const shown = forView(
    short ? image : { ...image, hosts: { ...hosts, items: hosts.items.slice(0, mostHostsShown) } },
    view,
  );
  if (!fields) return shown;
  const known = fields.filter((field) => shown[field] !== undefined);
  return Object.fromEntries(known.map((field) => [field, shown[field]]));
}

export function readFields(fields: string | undefined): (keyof MatchingImage)[] | undefined {
  return fields?.split(',') as (keyof MatchingImage)[] | undefined;
}
