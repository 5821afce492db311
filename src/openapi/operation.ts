import type { ProblemCode } from '../http/problem.js';
import type { SchemaName } from './schemas/schemas.js';

/**
 * One operation of the document, beside its path and parameters, which Nest reads from the controllers. Generated
 * clients name their methods after the id: an id never changes.
 */
export interface OperationText {
  summary: string;
  description: string;
  /**
   * `data`: cached, with an ETag and an age; `list`: data with a link to the next page; `moment`: the state of this
   * moment, never kept; `report`: a moment with an ETag; `stream`: lines of text; `open`: a moment without a key.
   */
  kind: 'data' | 'list' | 'moment' | 'report' | 'stream' | 'open';
  /** The schemas of the answer: one, or one of several. None for a stream. */
  answer: readonly SchemaName[];
  /** The errors beside those that every operation with a key has. */
  errors: readonly ProblemCode[];
  /** Set where the errors of HSS stand in the items of the answer; else the errors tell it. */
  causesCalls?: true;
  /** The values that a page fills in, so that a first try works on the demo. */
  filledIn?: Readonly<Record<string, string>>;
  body?: { schema: SchemaName; example: object };
  /** Further answers, by their status. */
  more?: Readonly<Record<string, { description: string; answer: SchemaName }>>;
}

export type Operations = Readonly<Record<string, OperationText>>;

/** What can go wrong when an answer needs a call of HSS. */
export const hssErrors = [
  'upstream-unauthorized',
  'upstream-unsupported',
  'upstream-invalid-response',
  'upstream-throttled',
  'upstream-unavailable',
  'deadline-exceeded',
  'not-cached',
] as const satisfies readonly ProblemCode[];

/** What can go wrong when the catalog answers: strict questions wait for its walk, as long as they may. */
export const catalogErrors = [
  'catalog-not-ready',
  'upstream-throttled',
  'upstream-unavailable',
  'deadline-exceeded',
  'not-cached',
] as const satisfies readonly ProblemCode[];

/** The image in HSS's own examples, which the demo knows. */
export const exampleDigest = 'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';
export const exampleCoordinates = {
  type: 'private_image',
  namespace: 'scc_hss_container',
  name: 'proxy-agent',
  tag: '24.5.0-x86_64',
};
export const exampleHostId = '9ad79426-992c-4be4-a2d1-dfd3a75b7c14';
