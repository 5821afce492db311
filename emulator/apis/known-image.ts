/**
 * Finds the image that a files or base OS request names: a CI/CD image by its id alone, other images by id and
 * coordinates.
 */
import type { RegistryImageRow } from '../data/rows.js';
import { imageNotFound, invalidParameter } from '../refusal.js';
import type { ApiCall } from './api-call.js';
import { visibleRows } from './enterprise-projects.js';

const maxIdLength = 256;
const maxCoordinateLength = 256;

export interface KnownImage {
  /** The key of the image's content. */
  readonly digest: string;
  /** false: the list of the content is empty. HSS has no content to list until a scan is complete. */
  readonly isScanned: boolean;
}

export function knownImage(call: ApiCall, tagParameter: 'tag_name' | 'image_version'): KnownImage {
  const { parameters, imageId } = call;
  const type = parameters.word('image_type', [
    'private_image',
    'shared_image',
    'instance_image',
    'cicd',
    'harbor',
  ]);
  if (type === undefined) throw invalidParameter('image_type', 'is required');
  if (imageId.length > maxIdLength) throw invalidParameter('image_id', 'is too long');
  const namespace = parameters.text('namespace', maxCoordinateLength, 0);
  const name = parameters.text('image_name', maxCoordinateLength, 0);
  const tag = parameters.text(tagParameter, maxCoordinateLength, 0);
  if (type === 'cicd') return cicdImage(call);

  if (namespace === undefined) throw invalidParameter('namespace', `is required for ${type}`);
  if (name === undefined) throw invalidParameter('image_name', `is required for ${type}`);
  if (tag === undefined) throw invalidParameter(tagParameter, `is required for ${type}`);
  for (const { row } of visibleRows(call, call.data.registryImages)) {
    if (row.image_name !== name || row.image_version !== tag) continue;
    if (row.image_type !== type || row.namespace !== namespace) continue;
    const found = [row, ...(row.association_images ?? [])].find((candidate) => isNamed(candidate, imageId));
    if (found?.image_digest == null) continue;
    const variantContent = found === row ? 'own' : call.settings.variantContent;
    if (variantContent === 'missing' || call.data.isContentMissing(found.image_digest)) throw imageNotFound();
    const isScanned = found.scan_status === 'success' && variantContent === 'own';
    return { digest: found.image_digest, isScanned };
  }
  throw imageNotFound();
}

function cicdImage(call: ApiCall): KnownImage {
  visibleRows(call, []);
  if (!call.data.cicdIds.includes(call.imageId) || call.data.isContentMissing(call.imageId)) {
    throw imageNotFound();
  }
  return { digest: call.imageId, isScanned: true };
}

/** Accepts both forms, with and without "sha256:": HSS's own example passes a digest as an id. */
function isNamed(row: Pick<RegistryImageRow, 'image_id' | 'image_digest'>, imageId: string): boolean {
  const bare = (text: string | null | undefined) => text?.replace(/^sha256:/, '');
  return bare(row.image_id) === bare(imageId) || bare(row.image_digest) === bare(imageId);
}
