import type { ImageDocument } from '../../../src/catalog/model/documents.js';

/** The index has a type of its own: this oracle shares nothing with the index. */
export interface ImageName {
  registryName: string | null;
  type: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
}

export function imageNamesOf({ entries, onHosts }: Pick<ImageDocument, 'entries' | 'onHosts'>): ImageName[] {
  return [
    ...entries.map(({ row }) => ({ ...row, registryName: row.registry.name })),
    ...onHosts.map(({ row: { name, tag } }) => ({
      name,
      tag,
      registryName: null,
      type: null,
      namespace: null,
    })),
  ];
}
