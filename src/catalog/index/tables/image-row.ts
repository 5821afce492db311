import { hostIdentity } from '../../../domain/host-identity.js';
import { severityRank } from '../../../domain/severity.js';
import type { CatalogImage } from '../../model/catalog-image.js';
import type { ContentOutlook } from '../../model/content-outlook.js';
import type { ContentPart, ImageDocument } from '../../model/documents.js';
import type { ImageName } from '../documents/image-names.js';
import type { ContentState } from '../documents/stored-content.js';
import type { Combination, Combinations } from '../words/combinations.js';
import { int64Max, type Integer } from '../../../json/lossless.js';
import { fold } from '../words/fold.js';
import type { Vocabulary } from '../words/vocabulary.js';
import { forever } from './schema.js';
import type { Cell, TableWriter } from './table-writer.js';

// Writes one state of an image into the tables `images`, `names`, `more_facets` and `presences`. History uses this
// for each changed image; the columns are in schema.ts.

/** No consumer with namespaces sees a name without a namespace. Numbers of places begin at 1. */
const noPlace = 0;

/** Everything that the tables say of one state of an image, apart from its content. */
interface ImageState {
  num: number;
  since: number;
  document: ImageDocument;
  image: CatalogImage;
  imageNames: ImageName[];
  outlooks: Record<ContentPart, ContentOutlook>;
}

export function writeImage(
  writer: TableWriter,
  { combinations, hosts, namedHosts }: Vocabulary,
  state: ImageState,
  content: ContentState | undefined,
): void {
  const { num, image, imageNames } = state;
  const facets = {
    namespace: facetValues(imageNames, 'namespace'),
    registryName: facetValues(imageNames, 'registryName'),
    type: facetValues(imageNames, 'type'),
  };
  writer.append(
    'images',
    ...cellsOf(state, content, combinations),
    combinations.numberOfAll(combinationOf(state, content, facets)),
    combinations.numberOfAll({ namespace: facets.namespace[0] ?? null }),
  );
  for (const imageName of imageNames) {
    const { namespace, name, tag, registryName, type } = imageName;
    writer.append(
      'names',
      num,
      namespace === null ? noPlace : combinations.placeOf({ registryName, type, namespace }),
      namespace,
      name === null ? null : fold(name),
      tag,
      registryName,
      type,
      searchText(imageName),
    );
  }
  for (const [facet, values] of Object.entries(facets))
    for (const value of values.slice(1))
      writer.append('more_facets', num, combinations.numberOfAll({ [facet]: value }));
  for (const host of image.hosts.items)
    writer.append(
      'presences',
      num,
      hosts.numberOf(hostIdentity(host) ?? ''),
      namedHosts.numberOf(host),
      withinInt64(host.containerCount),
    );
}

/** All columns of `images` but the last two, which are the facets. */
function cellsOf(
  { num, since, document, image, outlooks }: ImageState,
  content: ContentState | undefined,
  combinations: Combinations,
): Cell[] {
  const { severity, findingCounts, hosts } = image;
  return [
    num,
    since,
    forever,
    document.serial,
    content?.num ?? 0,
    combinations.numberOfAll({ severity }),
    severity === null ? null : severityRank(severity),
    combinations.numberOfAll({ scanStatus: image.scan.status }),
    findingCounts.vulnerabilities,
    findingCounts.unsafeSettings,
    findingCounts.maliciousFiles,
    hosts.total,
    document.onHosts.length > 0,
    hosts.items.length > 0,
    image.running,
    image.multiArch,
    wallTimeMs(image.scan.scannedAt),
    wallTimeMs(image.updatedAt),
    document.appearedAt,
    image.sizeBytes,
    image.name,
    outlooks.baseOs.status !== 'known',
    outlooks.files.status !== 'known',
  ];
}

function combinationOf(
  { document, image }: ImageState,
  content: ContentState | undefined,
  { type, registryName }: { type: (string | null)[]; registryName: (string | null)[] },
): Combination {
  return {
    severity: image.severity,
    scanStatus: image.scan.status,
    inRegistry: String(document.entries.length > 0),
    onHosts: String(document.onHosts.length > 0),
    running: String(image.running),
    multiArch: String(image.multiArch),
    notScannableReason: image.notScannableReason,
    type: type[0] ?? null,
    registryName: registryName[0] ?? null,
    // The table `base_os` counts the images whose base OS is known.
    baseOs: content?.hasOs ? undefined : null,
  };
}

/**
 * The values under which a facet counts the image, each once. Null ("not known") only if no name of the image has a
 * value.
 */
function facetValues(imageNames: readonly ImageName[], field: keyof ImageName): (string | null)[] {
  const values = new Set(imageNames.map((imageName) => imageName[field]));
  if (values.size > 1) values.delete(null);
  return [...values];
}

/** The text in which a search looks: a name as people write it, `namespace/name:tag`. */
function searchText({ namespace, name, tag }: ImageName): string {
  const path = [namespace, name].flatMap((word) => (word === null ? [] : fold(word))).join('/');
  return tag === null ? path : `${path}:${fold(tag)}`;
}

/** Sums of HSS's numbers can be larger than a column holds. */
function withinInt64(count: Integer | null): Cell {
  return count !== null && count > int64Max ? int64Max : count;
}

export function wallTimeMs(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}
