import { Injectable } from '@nestjs/common';
import { worst, type Freshness } from '../endpoints/lists/freshness.js';
import type { CoordinatesQuery } from '../endpoints/lists/coordinates.query.js';
import { noFindingCounts } from '../domain/finding-counts.js';
import type { ImageCoordinates } from '../domain/image-coordinates.js';
import type { ImageView } from './image-lookup.js';
import type { PartName } from './images.query.js';
import type { Parts } from './merge.js';
import type { Part } from './part.js';
import { PartReader, type PartsRequest } from './part-reader.js';

type CicdImage = Exclude<ImageCoordinates, { name: string }>;

const contentParts = ['baseOs', 'files'] as const;

/**
 * The parts of a CI/CD image. No list of HSS has such an image, so its image part holds what the consumer gave, when
 * HSS knows its base OS or its files.
 */
@Injectable()
export class CicdImages {
  constructor(private readonly reader: PartReader) {}

  /** An error never throws: it becomes the part's status. */
  async parts(image: CicdImage, include: ReadonlySet<PartName>, request: PartsRequest): Promise<Parts> {
    const read = (name: (typeof contentParts)[number]): Promise<Part<unknown>> =>
      this.reader[name](image, request);
    const asked = contentParts.filter((name) => include.has(name));
    const contents = await Promise.all(asked.map(read));
    const seen = [...contents];
    if (include.has('image'))
      for (const name of contentParts) {
        if (seen.some(isKnown)) break;
        if (!include.has(name)) seen.push(await read(name));
      }
    return {
      ...(include.has('image')
        ? { image: imagePart(describedImage(image.imageId, request.query), seen) }
        : {}),
      ...Object.fromEntries(asked.map((name, at) => [name, contents[at] as Part<unknown>])),
      ...(include.has('hosts') ? { hosts: { status: 'absent', freshness: null } } : {}),
    };
  }
}

type Known = Extract<Part<unknown>, { value: unknown }>;

function isKnown(part: Part<unknown>): part is Known {
  return 'value' in part;
}

/** HSS knows the image as surely, and as lately, as the content. */
function imagePart(image: ImageView, contents: readonly Part<unknown>[]): Part<ImageView> {
  const known = contents.find(isKnown);
  if (known) return { ...known, value: image };
  const failed = contents.find((part) => part.status === 'failed');
  if (failed) return failed;
  const ages = contents.flatMap((part): Freshness[] =>
    'freshness' in part && part.freshness ? [part.freshness] : [],
  );
  return { status: 'absent', freshness: ages.length > 0 ? worst(ages) : null };
}

/** A CI/CD image, as the consumer's parameters describe it. */
function describedImage(imageId: string, { namespace, name, tag }: CoordinatesQuery): ImageView {
  return {
    imageId,
    digest: imageId.startsWith('sha256:') ? imageId : null,
    type: 'cicd',
    namespace: namespace ?? null,
    name: name ?? null,
    tag: tag ?? null,
    sizeBytes: null,
    severity: null,
    scan: null,
    findingCounts: noFindingCounts,
    entries: [],
  };
}
