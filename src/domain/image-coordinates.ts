/**
 * The coordinates that name an image to HSS, and the limits of HSS. Endpoints, catalog and merged answers use this
 * file.
 */

/** The values that HSS needs to find one image. A CI/CD image has its id only; every other image has all five. */
export type ImageCoordinates = NamedImage | { imageId: string; type: 'cicd' };

export interface NamedImage {
  imageId: string;
  type: string;
  namespace: string;
  name: string;
  tag: string;
}

/** The longest values that the filters of HSS's registry list take, in characters. HSS's answers can hold longer ones. */
export const filterLimits = { namespace: 128, name: 128, tag: 64 } as const;
/** The same for HSS's local list. */
export const localFilterLimits = { name: 256, tag: 128 } as const;
/** The same for HSS's call for the files of an image. HSS states no limits for the call for the base OS. */
export const fileLimits = { namespace: 256, name: 256, tag: 256 } as const;
/** The longest image id that a path of HSS takes, in characters. */
export const longestImageId = 256;

type Names = { [Name in keyof typeof filterLimits]?: string | null };

/** Whether HSS can be asked by these names, as far as their length goes. A name may be missing. */
export function fitsFilters(
  names: Names,
  limits: { [Name in keyof Names]?: number } = filterLimits,
): boolean {
  return (['namespace', 'name', 'tag'] as const).every((field) =>
    hasAtMost(limits[field] ?? Infinity, names[field] ?? ''),
  );
}

/** Counts characters, not UTF-16 units: a text with few units has few characters. */
export function hasAtMost(most: number, text: string): boolean {
  return text.length <= most || Array.from(text).length <= most;
}

/**
 * The coordinates of a registry row; null when a coordinate is missing. The digest replaces an id that is missing.
 */
export function namedImageOf(row: {
  imageId: string | null;
  digest: string | null;
  type: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
}): NamedImage | null {
  const { type, namespace, name, tag } = row;
  const imageId = row.imageId ?? row.digest;
  if (imageId === null || type === null || namespace === null || name === null || tag === null) return null;
  return { imageId, type, namespace, name, tag };
}
