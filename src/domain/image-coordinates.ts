import { WordParameter, TextParameter, hasControlCharacter } from '../http/parameters.js';
import { Problem, type FieldError } from '../http/problem.js';
import { invalid } from '../http/validation.js';

/** HSS's own words for the kinds of images whose content can be asked for; `jfrog` stands in lists only. */
const contentImageTypes = ['private_image', 'shared_image', 'instance_image', 'cicd', 'harbor'] as const;

/** What HSS needs to find one image. A CI/CD image has its id only, every other one all five. */
export type ImageCoordinates = NamedImage | { imageId: string; type: 'cicd' };

export interface NamedImage {
  imageId: string;
  type: string;
  namespace: string;
  name: string;
  tag: string;
}

/** What HSS's filters take, in characters. Its answers can hold more. */
const longest = { namespace: 128, name: 128, tag: 64 } as const;

/** Whether HSS can be asked for a row by these names. */
export function fitsFilters(names: { [Name in keyof typeof longest]?: string }): boolean {
  return Object.entries(longest).every(
    ([field, most]) => Array.from(names[field as keyof typeof longest] ?? '').length <= most,
  );
}

/** The coordinates as query parameters; that all are there is checked by `readCoordinates`. */
export class CoordinatesQuery {
  @WordParameter([...contentImageTypes, 'jfrog'], 'Kind of image')
  type?: string;

  @TextParameter(longest.namespace, 'Organization')
  namespace?: string;

  @TextParameter(longest.name, 'Image name')
  name?: string;

  @TextParameter(longest.tag, 'Image tag')
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
    {
      errors,
    },
  );
}

const longestImageId = 256;

/** The id becomes a segment of HSS's path, beside literal routes. @throws Problem for what could leave its place. */
export function checkImageId(imageId: string): void {
  const isPathLike = imageId.includes('/') || imageId.includes('..') || imageId === '.';
  if (
    imageId !== '' &&
    !isPathLike &&
    !hasControlCharacter(imageId) &&
    Array.from(imageId).length <= longestImageId
  )
    return;
  const message = `must be 1 to ${longestImageId} characters without slashes, '..' or control characters`;
  throw invalid({ field: 'imageId', message });
}
