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

const mostCandidates = 20;

/** The problem for a reference that stands for different digests. The answer shows the first 20 candidates. */
export function ambiguousReference(candidates: readonly Candidate[]): Problem {
  return new Problem('ambiguous-reference', 'Several images match: ask for one of them by its digest', {
    candidates: candidates.slice(0, mostCandidates),
  });
}
