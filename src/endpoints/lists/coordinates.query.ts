import { filterLimits, hasAtMost, longestImageId } from '../../domain/image-coordinates.js';
import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import { WordParameter, TextParameter, hasUnprintable } from '../../http/parameters.js';
import { Problem, type FieldError } from '../../http/problem.js';
import { invalid } from '../../http/validation.js';

/** HSS's own words for the kinds of images that have content. HSS lists `jfrog` images without content. */
export const contentImageTypes = [
  'private_image',
  'shared_image',
  'instance_image',
  'cicd',
  'harbor',
] as const;

/** The coordinates as query parameters. `readCoordinates` checks that none is missing. */
export class CoordinatesQuery {
  @WordParameter(contentImageTypes, 'Kind of image')
  type?: string;

  @TextParameter(filterLimits.namespace, 'Organization')
  namespace?: string;

  @TextParameter(filterLimits.name, 'Image name')
  name?: string;

  @TextParameter(filterLimits.tag, 'Image tag')
  tag?: string;
}

/** Whether the query has every coordinate that a call of HSS needs. */
export function hasCoordinates({ type, namespace, name, tag }: CoordinatesQuery): boolean {
  return type === 'cicd' || [type, namespace, name, tag].every((value) => value !== undefined);
}

/** @throws Problem `invalid-request` for an impossible id, `image-coordinates-required` with the missing fields. */
export function readCoordinates(imageId: string, query: CoordinatesQuery): ImageCoordinates {
  checkImageId(imageId);
  const { type, namespace, name, tag } = query;
  if (type === 'cicd') return { imageId, type };
  if (type !== undefined && namespace !== undefined && name !== undefined && tag !== undefined)
    return { imageId, type, namespace, name, tag };
  const errors: FieldError[] = Object.entries({ type, namespace, name, tag })
    .filter(([, value]) => value === undefined)
    .map(([field]) => ({ field, message: 'is required, except for type=cicd, which needs nothing else' }));
  const missing = errors.map(({ field }) => field).join(', ');
  throw new Problem(
    'image-coordinates-required',
    `HSS needs the coordinates of the image; missing: ${missing}`,
    { errors },
  );
}

/** Checks an id that becomes a segment of HSS's path. @throws Problem for an id that could change the path. */
export function checkImageId(imageId: string): void {
  const isPathLike = imageId.includes('/') || imageId.includes('..') || imageId === '.';
  if (imageId !== '' && !isPathLike && !hasUnprintable(imageId) && hasAtMost(longestImageId, imageId)) return;
  const message = `must be 1 to ${longestImageId} characters without slashes, '..' or control characters`;
  throw invalid({ field: 'imageId', message });
}
