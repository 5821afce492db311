/**
 * Reads the consumers file again and again, and puts each new content in force. The content is compared, not the time
 * of the file: Kubernetes changes a mounted file by swapping a symbolic link. Never ends the process.
 */
import { hash } from 'node:crypto';
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import type { Consumers } from './consumers.js';
import { BrokenConsumersFile, codeOf } from './consumers-file.js';
import type { SealedSecrets } from './sealed-secrets.js';

/** A change must be in force after 15 s. */
const lookEveryMs = 5_000;

export class ConsumersWatch {
  #cancel: (() => void) | undefined;
  #isStopped = false;
  /** Reads that brought no usable file, counted when the fault is new. */
  #failures = 0;
  #fault: string | undefined;
  #hasBadEntries = false;
  /** Wall time in ms since when the file is not usable, or has entries with faults. Null: all is right. */
  faultySince: number | null = null;

  /**
   * @param text the content that is in force.
   * @param secrets null without the face for official SDKs, which alone needs them.
   */
  constructor(
    private readonly read: () => Promise<string>,
    private text: string,
    private readonly consumers: Consumers,
    private readonly clock: Clock,
    private readonly log: Log,
    readonly secrets: SealedSecrets | null,
  ) {
    this.#wait();
  }

  get failures(): number {
    return this.#failures;
  }

  /** The beginning of the SHA-256 of the content in force, to compare instances. */
  get contentId(): string {
    return hash('sha256', this.text).slice(0, 12);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #wait(): void {
    if (this.#isStopped) return;
    this.#cancel = this.clock.after(lookEveryMs, () => void this.#look().finally(() => this.#wait()));
  }

  async #look(): Promise<void> {
    let text;
    try {
      text = await this.read();
    } catch (error) {
      this.#failed(`it cannot be read (${codeOf(error)})`);
      return;
    }
    // A file that broke and was put back as it was needs no new reading, but its fault is over.
    if (text === this.text) {
      if (this.#fault !== undefined) this.#usable(this.#hasBadEntries);
      return;
    }
    try {
      const faults = this.consumers.apply(text);
      this.text = text;
      this.#usable(faults.length > 0);
      this.log.info({ audit: 'reload', faults }, 'The consumers file was read again');
      if (faults.length > 0) this.log.warn({ faults }, 'Consumers with faults keep their last good state');
      this.secrets?.check();
    } catch (error) {
      this.#failed(error instanceof BrokenConsumersFile ? error.message : 'reading it has failed');
    }
  }

  #usable(hasBadEntries: boolean): void {
    this.#fault = undefined;
    this.#hasBadEntries = hasBadEntries;
    this.faultySince = hasBadEntries ? (this.faultySince ?? this.clock.now()) : null;
  }

  #failed(fault: string): void {
    this.faultySince ??= this.clock.now();
    if (fault === this.#fault) return;
    this.#fault = fault;
    this.#failures += 1;
    const line = { audit: 'reload', fault, failures: this.#failures };
    this.log.warn(line, 'The consumers file is not usable: its last good content stays in force');
  }
}
