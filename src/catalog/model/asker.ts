/** Who asks the catalog a question, and until when. The context of a request is one. */
export interface Asker {
  /** The name of the consumer. Consumers take turns. */
  readonly consumer: string;
  /** The signal aborts when the consumer hangs up, or when the time of the request is over. */
  readonly deadline: { readonly signal: AbortSignal };
}

/** The service itself, whose questions end with their answers. */
export const serviceItself: Asker = {
  consumer: '',
  deadline: { signal: new AbortController().signal },
};
