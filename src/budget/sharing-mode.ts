import type { Log } from '../telemetry/log.js';

/**
 * Knows whether this instance shares the accounts through Redis or goes on alone. FleetLedger enters a mode after
 * each change of an account. The log gets one line for each change of mode.
 */
export class SharingMode {
  #mode: 'unknown' | 'shared' | 'alone' = 'unknown';

  constructor(
    private readonly log: Log,
    private readonly readEvictionPolicy: () => Promise<string | null>,
  ) {}

  get isShared(): boolean {
    return this.#mode === 'shared';
  }

  enterShared(): void {
    if (this.#mode === 'shared') return;
    this.#mode = 'shared';
    this.log.info('The call budget is shared through Redis');
    void this.#warnOfEviction().catch(() => undefined);
  }

  /** @param error the reason why Redis could not be used, if known. */
  enterAlone(error: unknown): void {
    if (this.#mode === 'alone') return;
    this.#mode = 'alone';
    const reason = error instanceof Error ? error.message : undefined;
    this.log.warn({ reason }, 'The call budget is not shared: this instance uses its share of the rate');
  }

  async #warnOfEviction(): Promise<void> {
    const policy = await this.readEvictionPolicy();
    if (policy !== null && policy !== 'noeviction')
      this.log.warn(
        { policy },
        'Redis may evict the call budget when full. Each eviction costs a window: set maxmemory-policy noeviction',
      );
  }
}
