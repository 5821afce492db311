import { Injectable } from '@nestjs/common';
import { dockerHub } from '../../domain/registry-host.js';
import type { ImageDocument, RegistryRecord } from '../model/documents.js';
import type { SeenImages } from '../model/reader.js';
import { isHubOwn, namesOnHosts, type ReferenceName } from './reference.js';
import { pathOf, Registries } from './registries.js';

/** Finds the images of the catalog that have a name. Reads maps of the index and never runs a query. */
@Injectable()
export class NamedImages {
  constructor(private readonly registries: Registries) {}

  /**
   * The keys of the images that the name means: entries of the registry that the name's host names; without such an
   * entry, images that hosts show under this name. Hosts are not asked about a registry that is not ours, except
   * Docker Hub: their names do not tell which image a tag means there now.
   */
  keysOf(name: ReferenceName, images: SeenImages): string[] {
    const entries = images
      .keysNamed(pathOf(name))
      .filter((key) => images.document(key)?.entries.some((entry) => this.isEntry(entry, name, images)));
    if (entries.length > 0) return entries;
    const { registryHost } = name;
    const isForeign =
      registryHost !== undefined &&
      registryHost !== dockerHub &&
      !this.registries.isOurs(registryHost, images);
    return isForeign ? [] : this.#onHosts(name, images);
  }

  /** Whether this entry has the name, in the registry that the name's host names. */
  isEntry(
    { row }: RegistryRecord,
    { registryHost, namespace, name, tag }: ReferenceName,
    images: SeenImages,
  ): boolean {
    return (
      row.name === name &&
      (row.tag === tag || tag === undefined) &&
      (row.namespace || undefined) === namespace &&
      this.registries.isAt(registryHost, row, images)
    );
  }

  /** The keys of images with the same path in another registry, or under the full name on hosts. */
  keysElsewhere(name: ReferenceName, images: SeenImages): string[] {
    const { namespace, ...rest } = pathOf(name);
    // People mean images of any namespace by a single word.
    const path = isHubOwn(name) || namespace === undefined ? rest : { namespace, ...rest };
    const keys = [
      ...images.keysNamed(path),
      ...this.#onHosts(pathOf(name), images),
      ...this.#onHosts(name, images),
    ];
    return [...new Set(keys)];
  }

  #onHosts(name: ReferenceName, images: SeenImages): string[] {
    const { tag } = name;
    // HSS says of some local images that they are SWR's: a short name does not make them Docker Hub's.
    const mayBeOfSwr = name.registryHost !== dockerHub;
    return namesOnHosts(name).flatMap((local) =>
      images.keysNamed({ name: local, ...(tag === undefined ? {} : { tag }) }).filter((key) => {
        const document = images.document(key);
        return document !== undefined && isOnHosts(document, local, tag, mayBeOfSwr);
      }),
    );
  }
}

/**
 * Whether hosts show the image under the name. HSS can leave out registry and namespace of a local row: a name that an
 * entry of the image has explains the row, and is no other name of the image.
 */
function isOnHosts(
  { entries, onHosts }: ImageDocument,
  name: string,
  tag: string | undefined,
  mayBeOfSwr: boolean,
): boolean {
  const isNamed = (row: { name: string | null; tag: string | null }) =>
    row.name === name && (tag === undefined || row.tag === tag);
  if (entries.some(({ row }) => isNamed(row))) return false;
  return onHosts.some(({ row }) => isNamed(row) && (mayBeOfSwr || row.localType !== 'swr_image'));
}
