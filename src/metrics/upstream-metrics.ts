import type { CallBudget } from '../budget/call-budget.js';
import type { BudgetSnapshot } from '../budget/snapshot.js';
import { hssApis } from '../hss/hss-call.js';
import type { HssClient } from '../hss/hss-client.js';
import type { Clock } from '../time/clock.js';
import { inSeconds, known, type Families, type Sample } from './families.js';

export interface UpstreamSources {
  readonly budget: CallBudget;
  readonly client: HssClient;
  readonly clock: Clock;
}

export function upstreamMetrics(families: Families, sources: UpstreamSources): void {
  callMetrics(families, sources);
  budgetMetrics(families, sources);
  budgetStates(families, sources);
}

function callMetrics(families: Families, { client }: UpstreamSources): void {
  const { apis } = client.record;
  families.counter('upstream_calls_total', 'Calls sent to HSS, by API and result', ['api', 'result'], () =>
    [...apis].flatMap(([api, { results }]) =>
      [...results.entries()].map(([result, count]): Sample => [{ api, result }, count]),
    ),
  );
  families.counter('iam_calls_total', 'Requests to IAM for a token, by result', ['result'], () =>
    [...client.record.iam.entries()].map(([result, count]): Sample => [{ result }, count]),
  );
  families.histogram('upstream_call_duration_seconds', 'Time of one call to HSS', () =>
    [...apis].map(([api, { seconds }]) => [{ api }, seconds] as const),
  );
  families.counter('upstream_throttled_total', 'Answers of HSS with 429. Should stay 0', ['api'], () =>
    [...apis].map(([api, { throttled }]): Sample => [{ api }, throttled]),
  );
  families.counter(
    'upstream_calls_inside_retry_after_total',
    'Calls sent while a Retry-After of HSS was running. Should stay 0',
    ['api'],
    () => [...apis].map(([api, { insideRetryAfter }]): Sample => [{ api }, insideRetryAfter]),
  );
  families.gauge(
    'credential_expiry_timestamp_seconds',
    'End of the IAM token by which HSS knows this service; keys and fixed tokens tell no end',
    [],
    () => known({}, inSeconds(client.credentialEndsAt)),
  );
}

function budgetMetrics(families: Families, { budget, client }: UpstreamSources): void {
  families.counter('budget_granted_total', 'Turns given to calls of this instance', ['api'], () =>
    hssApis.map((api): Sample => [{ api }, budget.counts(api).granted]),
  );
  families.counter(
    'budget_refused_total',
    'Callers who could get no turn in time, by cause',
    ['api', 'cause'],
    () =>
      hssApis.flatMap((api) =>
        Object.entries(budget.counts(api).refused).map(([cause, count]): Sample => [{ api, cause }, count]),
      ),
  );
  families.counter(
    'budget_promises_total',
    'Turns told to callers who could not wait: made, and of these kept in time or broken',
    ['api', 'event'],
    () =>
      hssApis.flatMap((api): Sample[] => {
        const { promised, kept, broken } = budget.counts(api);
        return [
          [{ api, event: 'made' }, promised],
          [{ api, event: 'kept' }, kept],
          [{ api, event: 'broken' }, broken],
        ];
      }),
  );
  families.histogram(
    'budget_wait_seconds',
    'Time that a call waited for its turn, by the priority of who asked first',
    () =>
      [...client.record.apis].flatMap(([api, { waitSeconds }]) =>
        Object.entries(waitSeconds).map(([priority, tally]) => [{ api, priority }, tally] as const),
      ),
  );
}

function budgetStates(families: Families, { budget, clock }: UpstreamSources): void {
  let reading: Promise<BudgetSnapshot[]> | undefined;
  // All families of one scrape share one question to Redis.
  const snapshots = () => (reading ??= budget.snapshot(hssApis).finally(() => (reading = undefined)));
  const gauge = (name: string, help: string, value: (snapshot: BudgetSnapshot) => number) =>
    families.gauge(name, help, ['api'], async () =>
      (await snapshots()).map((snapshot): Sample => [{ api: snapshot.api }, value(snapshot)]),
    );
  gauge(
    'budget_limit_calls',
    'Calls that the instances with a sign of life may make in one window',
    ({ limit }) => limit,
  );
  gauge('budget_window_seconds', 'The window of the limit', ({ windowMs }) => windowMs / 1000);
  gauge(
    'budget_used_calls',
    'Calls that count against the limit now, of the whole fleet',
    ({ used }) => used,
  );
  gauge('budget_oldest_wait_seconds', 'The longest wait of a request that waits now', ({ oldestWaitMs }) => {
    return (oldestWaitMs ?? 0) / 1000;
  });
  gauge('budget_pause_seconds', 'Rest of a pause that HSS asked for; 0: none', ({ pausedUntil }) =>
    pausedUntil === null ? 0 : Math.max(0, Date.parse(pausedUntil) - clock.now()) / 1000,
  );
  gauge(
    'budget_shared',
    '1 while the fleet shares the budget; 0 while Redis is away or absent',
    ({ shared }) => (shared ? 1 : 0),
  );
  gauge('budget_instances', 'Live instances that share the budget', ({ instances }) => instances);
  families.gauge('budget_queue_loads', 'Loads that wait, by priority', ['api', 'priority'], async () =>
    (await snapshots()).flatMap(({ api, queue }) =>
      Object.entries(queue).map(([priority, count]): Sample => [{ api, priority }, count]),
    ),
  );
  families.gauge('breaker_state', '1 for the state of the circuit breaker', ['api', 'state'], async () =>
    (await snapshots()).flatMap(({ api, breaker }) =>
      ['closed', 'open', 'half-open'].map((state): Sample => [
        { api, state },
        breaker.state === state ? 1 : 0,
      ]),
    ),
  );
}
