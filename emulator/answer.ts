/** An answer of the emulator, before it is sent. An object as body is sent as JSON, a string unchanged. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object | string;
  /** The error code in the body, for the journal. */
  readonly errorCode?: string;
}
