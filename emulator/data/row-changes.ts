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
  const changed = images.map((image) => {
    if (!hasFields(image.row, match)) return image;
    count += 1;
    return change(image);
  });
  return { images: changed, count };
}

export function insert<T>(list: readonly T[], item: T, placement: Placement): T[] {
  return placement.at === 'first' ? [item, ...list] : [...list, item];
}

/** Compares ids by their digits: an id may be a bigint, a number or, over HTTP, a string. Absent equals null. */
function comparable(value: unknown): unknown {
  return typeof value === 'bigint' || typeof value === 'number' ? String(value) : (value ?? null);
}

export function hasFields(row: object, match: object): boolean {
  const fields = row as Record<string, unknown>;
  return Object.entries(match).every(
    ([name, value]) => JSON.stringify(comparable(fields[name])) === JSON.stringify(comparable(value)),
  );
}
