import { filterLimits, hasAtMost, longestImageId } from '../../domain/image-coordinates.js';
import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import { WordParameter, TextParameter, hasControlCharacter } from '../../http/parameters.js';
import { Problem, type FieldError } from '../../http/problem.js';
import { invalid } from '../../http/validation.js';

/** HSS's own words for the kinds of images whose content can be asked for; `jfrog` stands in lists only. */
const contentImageTypes = ['private_image', 'shared_image', 'instance_image', 'cicd', 'harbor'] as const;

/** The coordinates as query parameters; that all are there is checked by `readCoordinates`. */
export class CoordinatesQuery {
  @WordParameter([...contentImageTypes, 'jfrog'], 'Kind of image')
  type?: string;

  @TextParameter(filterLimits.namespace, 'Organization')
  namespace?: string;

  @TextParameter(filterLimits.name, 'Image name')
  name?: string;

  @TextParameter(filterLimits.tag, 'Image tag')
  tag?: string;
}

/** Whether nothing is missing for HSS to be asked. */
export function hasCoordinates({ type, namespace, name, tag }: CoordinatesQuery): boolean {
  return type === 'cicd' || [type, namespace, name, tag].every((value) => value !== undefined);
}

/** @throws Problem `invalid-request` for an impossible id, `image-coordinates-required` naming what is missing. */
export function readCoordinates(imageId: string, query: CoordinatesQuery): ImageCoordinates {
  checkImageId(imageId);
  const { type, namespace, name, tag } = query;
  if (type === 'cicd') return { imageId, type };
  if (type !== undefined && namespace !== undefined && name !== undefined && tag !== undefined)
    return { imageId, type, namespace, name, tag };
  const errors: FieldError[] = Object.entries({ type, namespace, name, tag })
    .filter(([, value]) => value === undefined)
    .map(([field]) => ({ field, message: 'is required, but for type=cicd, which needs nothing else' }));
  const missing = errors.map(({ field }) => field).join(', ');
  throw new Problem(
    'image-coordinates-required',
    `HSS needs the coordinates of the image; missing: ${missing}`,
    { errors },
  );
}

/** The id becomes a segment of HSS's path, beside literal routes. @throws Problem for what could leave its place. */
export function checkImageId(imageId: string): void {
  const isPathLike = imageId.includes('/') || imageId.includes('..') || imageId === '.';
  if (imageId !== '' && !isPathLike && !hasControlCharacter(imageId) && hasAtMost(longestImageId, imageId))
    return;
  const message = `must be 1 to ${longestImageId} characters without slashes, '..' or control characters`;
  throw invalid({ field: 'imageId', message });
}
