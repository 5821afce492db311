import type { Schemas } from './types.js';

type Merged = Schemas['MergedImage'];
export type PartName = keyof Merged['parts'];
type Usable = Extract<Schemas['Part'], { status: 'fresh' | 'stale' }>;

/** A part of a merged answer together with its status. There is a value exactly when the status is fresh or stale. */
export type Part<Name extends PartName> =
  (Usable & { value: NonNullable<Merged[Name]> }) | (Exclude<Schemas['Part'], Usable> & { value: null });

/** @returns undefined for a part that was not asked for. */
export function partOf<Name extends PartName>(image: Merged, name: Name): Part<Name> | undefined {
  const report = image.parts[name];
  if (report === undefined) return undefined;
  return { ...report, value: image[name] ?? null } as Part<Name>;
}
