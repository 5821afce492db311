import type { Namespaces } from '../../domain/namespaces.js';

/** Who asks the catalog a question, and until when. The context of a request is one. */
export interface Asker {
  /** The name of the consumer. Consumers take turns. */
  readonly consumer: string;
  /** The namespaces that the consumer sees. Null: all of them, and images that are on hosts only. */
  readonly namespaces: Namespaces | null;
  /** The signal aborts when the consumer hangs up, or when the time of the request is over. */
  readonly deadline: { readonly signal: AbortSignal };
}

/** The part of an asker by which questions take turns. */
export type Waiting = Pick<Asker, 'consumer' | 'deadline'>;

/** The service itself, whose questions end with their answers. */
export const serviceItself: Asker = {
  consumer: '',
  namespaces: null,
  deadline: { signal: new AbortController().signal },
};
