import type { RequestCounts } from '../http/request-counts.js';
import type { StaleAnswers } from '../http/stale-answers.js';
import type { StrictAnswers } from '../http/strict-answers.js';
import type { Families } from './families.js';

export interface RequestSources {
  readonly requests: RequestCounts;
  readonly stale: StaleAnswers;
  readonly strict: StrictAnswers;
  /** Lines of the log about hits that were dropped because nobody reads the log. */
  readonly droppedLines: () => number;
}

export function requestMetrics(
  families: Families,
  { requests, stale, strict, droppedLines }: RequestSources,
): void {
  const rows = () =>
    [...requests].map(({ consumer, route, status, seconds }) => {
      const labels = { route: route || 'none', status: String(status), consumer: consumer || 'none' };
      return [labels, seconds] as const;
    });
  families.counter(
    'http_requests_total',
    'Answered requests, by pattern of the route, status and consumer; `none` where there is none',
    ['route', 'status', 'consumer'],
    () => rows().map(([labels, { count }]) => [labels, count] as const),
  );
  families.histogram('http_request_duration_seconds', 'Time from the request to the end of its answer', rows);
  families.histogram(
    'stale_answer_age_seconds',
    'Age of answers served past their fresh life: because of a failure, or while a refresh is under way',
    () => [
      [{ cause: 'failure' }, stale.failure],
      [{ cause: 'refresh' }, stale.refresh],
    ],
  );
  families.histogram(
    'strict_answer_duration_seconds',
    'Time of strict questions for one image, by outcome: a verdict, or later (429 or 5xx: ask again)',
    () => [
      [{ outcome: 'verdict' }, strict.verdict],
      [{ outcome: 'later' }, strict.later],
    ],
  );
  families.counter('log_lines_dropped_total', 'Log lines about hits that nobody read in time', [], () => [
    [{}, droppedLines()],
  ]);
}
