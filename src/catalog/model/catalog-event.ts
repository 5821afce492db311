/** The changes of images that consumers follow. The sync makes them, the history keeps them, a route tells them. */

export const eventKinds = [
  'appeared',
  'disappeared',
  'scanned',
  'severity-changed',
  'came-to-host',
  'left-host',
] as const;

/** The kinds of change that name a host. */
export const hostEventKinds = ['came-to-host', 'left-host'] as const;

/** A change of an image, for consumers that follow the catalog. */
export interface CatalogEvent {
  kind: (typeof eventKinds)[number];
  key: string;
  imageId: string | null;
  digest: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
  /** The image's severity after the change; of an image that disappeared: its last. Release 0.1.0 does not tell it. */
  severity?: string | null;
  /**
   * The severity before the change, or the time of the scan before. Null for other kinds. `after` is the new value.
   */
  before: string | null;
  after: string | null;
  hostId: string | null;
  hostName: string | null;
}
