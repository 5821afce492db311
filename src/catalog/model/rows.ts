import { hostKey } from '../../domain/host-identity.js';
import { isDigest, plainDigest } from '../../domain/digest.js';
import type { LocalImageRow } from '../../endpoints/local-images/local-image.row.js';
import type { RegistryImageRow } from '../../endpoints/registry-images/registry-image.row.js';
import { variantRow } from '../../endpoints/registry-images/variant-row.js';
import type { HostRecord, RegistryRecord } from './documents.js';

/** To which image a row belongs: its digest without `sha256:`; where there is none, what else tells it apart. */
export type Keyed<Record> = Record & { key: string };

/** A row of the registry list: one image, and one more for each architecture that has a digest of its own. */
export function registryRecords(row: RegistryImageRow, readAt: number): Keyed<RegistryRecord>[] {
  const key = registryKey(row);
  const rowKey = `registry/${row.entryId ?? place(row)}`;
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

/** A row of the local list, whether HSS gives one for each image or one for each image and host. */
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
  return digestOf(row) ?? `registry/${place(row)}`;
}

function digestOf({ digest, imageId }: { digest: string | null; imageId: string | null }): string | null {
  return plainDigest(digest) ?? (imageId !== null && isDigest(imageId) ? plainDigest(imageId) : null);
}

function place({
  type,
  registry,
  namespace,
  name,
  tag,
}: Pick<RegistryImageRow, 'type' | 'registry' | 'namespace' | 'name' | 'tag'>) {
  return [type, registry.id ?? registry.name, namespace, name, tag].map(part).join('/');
}

/** Encoded so that no two lists of parts look alike. */
function part(value: string | null): string {
  return value === null ? '' : encodeURIComponent(value);
}

function without({ entries: _entries, ...row }: RegistryImageRow): RegistryRecord['row'] {
  return row;
}
