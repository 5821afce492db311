import type { RegistryImageRow, RegistryImageVariant } from './registry-image.row.js';

/**
 * One architecture of a multi-architecture image as a separate row. HSS tells less about an architecture than about
 * an image. The names and the registry are those of the whole image; every other field that HSS does not tell is
 * null.
 */
export function variantRow(row: RegistryImageRow, variant: RegistryImageVariant): RegistryImageRow {
  const { entryId, imageId, digest, scanStatus, findingCounts } = variant;
  const namespace = variant.namespace ?? row.namespace;
  const name = variant.name ?? row.name;
  const tag = variant.tag ?? row.tag;
  return {
    ...row,
    entryId,
    imageId,
    digest,
    type: variant.type ?? row.type,
    namespace,
    name,
    tag,
    sizeBytes: null,
    severity: null,
    scan: { status: scanStatus, scannedAt: null, failure: null },
    findingCounts,
    entries: [{ entryId, registryName: row.registry.name, namespace, name, tag }],
    multiArch: false,
    variants: [],
  };
}
