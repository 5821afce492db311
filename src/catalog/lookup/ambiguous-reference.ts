import { Problem } from '../../http/problem.js';

/** An image that an ambiguous reference can mean, as the answer shows it. */
export interface Candidate {
  imageId: string | null;
  digest: string | null;
  type: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
  registryName: string | null;
}

/** The largest number of candidates that an answer shows. */
export const mostCandidates = 20;

/** The problem for a reference that stands for different digests, or whose registry does not have the image. */
export function ambiguousReference(
  candidates: readonly Candidate[],
  why = 'Several images match: ask for one of them by its digest',
): Problem {
  return new Problem('ambiguous-reference', why, {
    candidates: candidates.slice(0, mostCandidates),
  });
}
