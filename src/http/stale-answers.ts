import { Tally } from '../telemetry/tally.js';
import type { AnswerAge } from './answer.js';

/** In seconds, from a minute to the longest kept life. */
const bounds = [60, 120, 300, 900, 3_600, 21_600, 86_400, 259_200, 604_800];

/** The ages of answers that were served past their fresh life, in seconds, by the reason. Read by src/metrics. */
export class StaleAnswers {
  /** HSS could not give a newer answer. */
  readonly failure = new Tally(bounds);
  /** A newer answer was under way, or the consumer accepted an old one. */
  readonly refresh = new Tally(bounds);

  /** @param now wall time in ms. */
  note({ fetchedAt, freshUntil, error }: AnswerAge, now: number): void {
    if (now < freshUntil) return;
    (error === undefined ? this.refresh : this.failure).add((now - fetchedAt) / 1000);
  }
}
