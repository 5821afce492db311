import { hostKey } from '../../domain/host-identity.js';
import { isDigest, plainDigest } from '../../domain/digest.js';
import type { LocalImageRow } from '../../endpoints/local-images/local-image.row.js';
import type { RegistryImageRow } from '../../endpoints/registry-images/registry-image.row.js';
import { variantRow } from '../../endpoints/registry-images/variant-row.js';
import type { HostRecord, RegistryRecord } from './documents.js';

/**
 * A record with the key of its image. The key is the digest without `sha256:`, or the coordinates where no digest
 * is known. The sync and the lookup by reference make records with this file.
 */
export type Keyed<Record> = Record & { key: string };

/** The records of a registry row: one for the image, and one for each architecture with a digest of its own. */
export function registryRecords(row: RegistryImageRow, readAt: number): Keyed<RegistryRecord>[] {
  const key = registryKey(row);
  const rowKey = `registry/${row.entryId ?? coordinatesKey(row)}`;
  const variants = row.variants.filter(({ digest }) => digest !== null && plainDigest(digest) !== key);
  return [
    { key, rowKey, readAt, variantOf: null, row: without(row) },
    ...variants.map((variant, index) => {
      const ofVariant = variantRow(row, variant);
      return {
        key: registryKey(ofVariant),
        rowKey: `${rowKey}/variant/${variant.entryId ?? index}`,
        readAt,
        variantOf: key,
        row: without(ofVariant),
      };
    }),
  ];
}

/** The record of a local row. HSS lists one row for each image, or one row for each image and host: both work. */
export function hostRecord(row: LocalImageRow, readAt: number): Keyed<HostRecord> {
  const { localType, name, tag, host } = row;
  const key = digestOf(row) ?? ['local', localType, name, tag].map(part).join('/');
  const where = host && hostKey(host);
  const rowKey = ['local', row.imageId, digestOf(row), localType, name, tag, where].map(part).join('/');
  return { key, rowKey, readAt, row };
}

function registryKey(
  row: Pick<RegistryImageRow, 'digest' | 'imageId' | 'type' | 'namespace' | 'name' | 'tag' | 'registry'>,
) {
  return digestOf(row) ?? `registry/${coordinatesKey(row)}`;
}

function digestOf({ digest, imageId }: { digest: string | null; imageId: string | null }): string | null {
  return plainDigest(digest) ?? (imageId !== null && isDigest(imageId) ? plainDigest(imageId) : null);
}

function coordinatesKey({
  type,
  registry,
  namespace,
  name,
  tag,
}: Pick<RegistryImageRow, 'type' | 'registry' | 'namespace' | 'name' | 'tag'>) {
  return [type, registry.id ?? registry.name, namespace, name, tag].map(part).join('/');
}

/** Encodes a part of a key, so that different lists of parts never give one key. */
function part(value: string | null): string {
  return value === null ? '' : encodeURIComponent(value);
}

function without({ entries: _entries, ...row }: RegistryImageRow): RegistryRecord['row'] {
  return row;
}
