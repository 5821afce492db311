import { Problem } from '../../http/problem.js';

/** What the answer shows of an image that an ambiguous reference can mean. */
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

/** The problem for a reference that stands for different digests. It shows the first candidates. */
export function ambiguousReference(candidates: readonly Candidate[]): Problem {
  return new Problem('ambiguous-reference', 'Several images match: ask for one of them by its digest', {
    candidates: candidates.slice(0, mostCandidates),
  });
}
