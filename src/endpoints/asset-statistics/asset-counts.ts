/** Reads the answer of ShowImageAssetStatistics. */
import { isRecord } from '../../hss/envelope.js';
import { UpstreamError } from '../../hss/errors.js';
import { toInteger } from '../../json/lossless.js';

/** Numbers of images; null where HSS tells none. */
export interface AssetCounts {
  /** Images on hosts. */
  local: number | null;
  /** Images in registries. */
  registry: number | null;
  /** CI/CD images. */
  cicd: number | null;
}

/** @throws UpstreamError for a body that is not an object. A number that cannot be a count is null. */
export function readAssetCounts(body: unknown): AssetCounts {
  if (!isRecord(body))
    throw new UpstreamError('upstream-invalid-response', 'The answer of HSS is not an object');
  return {
    local: count(body['local_num']),
    registry: count(body['registry_num']),
    cicd: count(body['cicd_num']),
  };
}

function count(value: unknown): number | null {
  const number = toInteger(value);
  return typeof number === 'number' && number >= 0 ? number : null;
}
