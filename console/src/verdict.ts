/** The verdict of a gate about an image: the rule of scripts/ci-gate.sh. Pure. */
import type { Schemas } from '../../clients/typescript/src/index.js';
import type { TextKey } from './text/en.js';

/** From the mildest to the worst. */
export const ranks = ['none', 'low', 'medium', 'high'];
/** The worst severity that may pass, with the limit that a gate takes for it. An image passes below the limit. */
export const limitAbove = { none: 'low', low: 'medium', medium: 'high' } as const;
export type Allowed = keyof typeof limitAbove;
export type Limit = (typeof limitAbove)[Allowed];

export interface Verdict {
  outcome: 'pass' | 'fail' | 'unknown';
  why: TextKey;
}

/** Every condition is checked by name: what is missing or not known stops a build. */
export function verdictOf({ image, parts }: Schemas['MergedImage'], limit: Limit): Verdict {
  if (!image || parts.image?.status !== 'fresh') return { outcome: 'unknown', why: 'gateNotFresh' };
  if (image.scan?.status !== 'completed' || image.scan.failure !== null)
    return { outcome: 'fail', why: 'gateNotScanned' };
  if (image.severity === null) return { outcome: 'fail', why: 'gateNotAssessed' };
  const rank = ranks.indexOf(image.severity);
  // A word that HSS added ranks above `high`.
  if (rank === -1 || rank >= ranks.indexOf(limit)) return { outcome: 'fail', why: 'gateTooSevere' };
  const { maliciousFiles } = image.findingCounts;
  if (maliciousFiles === null) return { outcome: 'fail', why: 'gateMaliciousUnknown' };
  if (Number(maliciousFiles) !== 0) return { outcome: 'fail', why: 'gateMalicious' };
  return { outcome: 'pass', why: 'gatePass' };
}
