/** What the emulator is about to say; an object is written as JSON, a string as it stands. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object | string;
  /** The code in the body, for the journal. */
  readonly errorCode?: string;
}
