import type { ImageCoordinates } from '../../domain/image-coordinates.js';
import type { ScanLookup } from '../../domain/scan.js';
import type { Lifetimes } from './lifetimes.js';
import { contentLifetime } from './content-lifetime.js';
import type { HssList } from './hss-list.js';

interface ContentRequest extends Pick<HssList<unknown>, 'query' | 'contentOf' | 'usualFreshMs' | 'lifetime'> {
  /** The image's tag, for which each of the two calls has its own parameter. Undefined for a CI/CD image. */
  tag: string | undefined;
}

/**
 * The part that HSS's two calls for the content of an image have in common.
 * @param scan what is known of the image's scan by the time the content is there.
 */
export function contentRequest(
  image: ImageCoordinates,
  enterpriseProjectId: string | undefined,
  scan: ScanLookup,
  lifetimes: Lifetimes,
): ContentRequest {
  const named = 'name' in image ? image : undefined;
  return {
    query: {
      enterprise_project_id: enterpriseProjectId,
      image_type: image.type,
      namespace: named?.namespace,
      image_name: named?.name,
    },
    tag: named?.tag,
    contentOf: image.imageId,
    usualFreshMs: lifetimes.content.freshMs,
    lifetime: async (block) => contentLifetime(block, await scan(), lifetimes),
  };
}
