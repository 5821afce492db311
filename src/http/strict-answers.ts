import { Tally } from '../telemetry/tally.js';

/** In seconds. A request waits for at most `REQUEST_DEADLINE`. */
const bounds = [0.1, 0.5, 1, 2.5, 5, 10, 20, 30];
/** An image that is not there, or not scanned, is a verdict too. */
const verdicts = new Set([200, 304, 404, 409]);
/** The routes by which a gate asks for one image. A batch is a 200 whatever its items say. */
const gateRoutes = new Set(['/v1/images/:imageId', '/v1/images/lookup']);

/** The durations of strict questions for one image (`Prefer: handling=strict`), in seconds. Read by src/metrics. */
export class StrictAnswers {
  /** The consumer knows now. */
  readonly verdict = new Tally(bounds);
  /** The consumer has to come back. */
  readonly later = new Tally(bounds);

  /** Requests that are refused for what they say, with another 4xx, are neither. */
  note(route: string | null, status: number, ms: number): void {
    if (!gateRoutes.has(route ?? '')) return;
    if (verdicts.has(status)) this.verdict.add(ms / 1000);
    else if (status === 429 || status >= 500) this.later.add(ms / 1000);
  }
}
