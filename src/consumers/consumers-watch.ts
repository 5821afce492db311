/**
 * Reads the consumers file again and again, and puts each new content in force. The content is compared, not the time
 * of the file: Kubernetes changes a mounted file by swapping a symbolic link. Never ends the process.
 */
import type { Clock } from '../time/clock.js';
import type { Log } from '../telemetry/log.js';
import type { Consumers } from './consumers.js';
import { BrokenConsumersFile, codeOf } from './consumers-file.js';

/** A change must be in force after 15 s. */
const lookEveryMs = 5_000;

export class ConsumersWatch {
  #cancel: (() => void) | undefined;
  #isStopped = false;
  /** Reads that brought no usable file, counted when the fault is new. */
  #failures = 0;
  #fault: string | undefined;

  /** @param text the content that is in force. */
  constructor(
    private readonly read: () => Promise<string>,
    private text: string,
    private readonly consumers: Consumers,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.#wait();
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
    if (text === this.text) return void (this.#fault = undefined);
    try {
      const faults = this.consumers.apply(text);
      [this.text, this.#fault] = [text, undefined];
      this.log.info({ audit: 'reload', faults }, 'The consumers file was read again');
      if (faults.length > 0) this.log.warn({ faults }, 'Consumers with faults keep their last good state');
    } catch (error) {
      this.#failed(error instanceof BrokenConsumersFile ? error.message : 'reading it has failed');
    }
  }

  #failed(fault: string): void {
    if (fault === this.#fault) return;
    this.#fault = fault;
    this.#failures += 1;
    const line = { audit: 'reload', fault, failures: this.#failures };
    this.log.warn(line, 'The consumers file is not usable: its last good content stays in force');
  }
}
