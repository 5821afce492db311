import { Inject, Injectable } from '@nestjs/common';
import type { RegistryImageRow } from '../../endpoints/registry-images/registry-image.row.js';
import { hostOfUrl, registryHost } from '../../domain/registry-host.js';
import { CATALOG_SETTINGS, type CatalogSettings } from '../catalog-settings.js';
import type { SeenImages } from '../model/reader.js';
import type { Reference, ReferenceName } from './reference.js';

/** The fields of a row that tell its registry. */
type Placed = Pick<RegistryImageRow, 'type' | 'registry' | 'instance'>;

/** The registries of the images that the consumer sees. */
type SeenRegistries = Pick<SeenImages, 'registryNames'>;

/** HSS's words for images in SWR's basic edition, which has one host for each region. */
const swrTypes: ReadonlySet<string | null> = new Set(['private_image', 'shared_image']);

/**
 * Decides which registry a host in a reference names. Four kinds of hosts are ours: SWR's host of the region, the URL
 * of an SWR instance, the name of a registry in HSS, and the setting REGISTRY_HOSTS. The lookup of references uses
 * this class, and a row of another registry is never an answer. A name counts only where the consumer sees an image in
 * the registry, because nobody may learn the names of other registries by guessing.
 */
@Injectable()
export class Registries {
  readonly #swrHost: string;
  /** REGISTRY_HOSTS. HSS does not tell which of the registries such a host is. */
  readonly #configured: ReadonlySet<string>;

  constructor(@Inject(CATALOG_SETTINGS) { registryHosts }: CatalogSettings) {
    this.#swrHost = registryHosts.swr;
    this.#configured = new Set(registryHosts.configured.map(hostIn));
  }

  /** Whether the host is ours, as far as the settings and the images of the consumer tell. */
  isOurs(host: string, images: SeenRegistries): boolean {
    return this.#configured.has(host) || this.#namesOneRegistry(host, images);
  }

  /** Whether the row stands in the registry with this host. Every row stands in "any registry" (undefined). */
  isAt(host: string | undefined, { type, registry, instance }: Placed, images: SeenRegistries): boolean {
    if (host === undefined) return true;
    const own = [
      ...(registry.name === null ? [] : [hostIn(registry.name)]),
      instance.url && hostOfUrl(instance.url),
    ];
    if (own.includes(host) || (host === this.#swrHost && swrTypes.has(type))) return true;
    return this.#configured.has(host) && !this.#namesOneRegistry(host, images);
  }

  /** Reads the first segment as the registry's name if it is one and no image has this namespace. */
  resolve(reference: Reference, images: SeenRegistries & Pick<SeenImages, 'keysNamed'>): Reference {
    const { name } = reference;
    const [namespace = '', ...rest] = name?.name.split('/') ?? [];
    if (name?.namespace === undefined || name.registryHost !== undefined || rest.length === 0)
      return reference;
    const host = hostIn(name.namespace);
    if (!this.#namesOneRegistry(host, images) || images.keysNamed(pathOf(name)).length > 0) return reference;
    return { ...reference, name: { ...name, registryHost: host, namespace, name: rest.join('/') } };
  }

  #namesOneRegistry(host: string, images: SeenRegistries): boolean {
    if (host === this.#swrHost) return true;
    return images.registryNames().some((name) => hostIn(name) === host || hostOfUrl(name) === host);
  }
}

/** Namespace, name and tag of a reference, as `keysNamed` takes them. */
export function pathOf({ registryHost: _, ...path }: ReferenceName): Omit<ReferenceName, 'registryHost'> {
  return path;
}

/** The name of a registry is a host, or a word that people chose. */
function hostIn(registryName: string): string {
  return registryHost(registryName) ?? registryName.toLowerCase();
}
