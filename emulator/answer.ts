/** An answer before it is sent: an object body is written as JSON, a string body as it is. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object | string;
  /** The error code in the body, for the journal. */
  readonly errorCode?: string;
}
