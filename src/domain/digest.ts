/** The key of an image id or digest: the text without the algorithm `sha256:`, which HSS sometimes leaves out. */
export function plainDigest(id: string): string;
export function plainDigest(id: string | null): string | null;
export function plainDigest(id: string | null): string | null {
  return id === null ? null : id.replace(/^sha256:/, '');
}

/** Whether both are the same digest, with or without `sha256:`. An unknown digest (null) equals no other. */
export function sameDigest(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && plainDigest(a) === plainDigest(b);
}

/** Whether the text can be a digest. HSS's own ids can be any text. */
export function isDigest(imageId: string): boolean {
  return /^(sha256:)?[0-9a-f]{64}$/.test(imageId);
}
