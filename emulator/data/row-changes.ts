/** Rows of a list, changed by what their fields hold. Every function makes a new list and leaves the old as before. */
export interface Placement {
  readonly enterpriseProjectId?: string;
  /** The new row's position in the list: the rows behind it shift. Default 'last'. */
  readonly at?: 'first' | 'last';
}

export function changeRows<Image extends { readonly row: object }>(
  images: readonly Image[],
  match: object,
  change: (image: Image) => Image,
): { images: Image[]; count: number } {
  let count = 0;
  const isMatch = hasFields(match);
  const changed = images.map((image) => {
    if (!isMatch(image.row)) return image;
    count += 1;
    return change(image);
  });
  return { images: changed, count };
}

export function insert<T>(list: readonly T[], item: T, placement: Placement): T[] {
  return placement.at === 'first' ? [item, ...list] : [...list, item];
}

export function withoutRows<Image extends { readonly row: object }>(
  images: readonly Image[],
  match: object,
): { images: Image[]; count: number } {
  const isMatch = hasFields(match);
  const left = images.filter(({ row }) => !isMatch(row));
  return { images: left, count: images.length - left.length };
}

/** @returns whether all fields of `match` are equal in a row. A list of 100,000 rows takes some ms. */
function hasFields(match: object): (row: object) => boolean {
  const wanted = Object.entries(match).map(([name, value]) => [name, comparable(value)] as const);
  return (row) =>
    wanted.every(([name, value]) => isEqual(comparable((row as Record<string, unknown>)[name]), value));
}

/** Compares ids by their digits: an id may be a bigint, a number or, over HTTP, a string. Absent equals null. */
function comparable(value: unknown): unknown {
  return typeof value === 'bigint' || typeof value === 'number' ? String(value) : (value ?? null);
}

function isEqual(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return JSON.stringify(one) === JSON.stringify(other);
}
