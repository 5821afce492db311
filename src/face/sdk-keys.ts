/** An access key that was issued to a consumer for official clients. */
export interface SdkKey {
  /** The consumer's id. */
  consumer: string;
  secretKey: string;
  /** Whether the consumer may use the face at all, and whether it may see hosts. */
  mayCall: boolean;
  mayListHosts: boolean;
}

/** The access keys that are in force. */
export abstract class SdkKeys {
  /** @returns undefined for a key that is not in force. */
  abstract find(accessKey: string): SdkKey | undefined;
}
