/**
 * A real Prometheus reads two instances while HSS is down for a while. The alert of the breaker fires, and resolves once
 * HSS is back; no other alert fires. Writes the picture of docs/operations.md from what Prometheus tells.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.js';
import { chart, type Band, type Line } from './chart.js';
import { Consumer } from './consumer.js';
import { atLeast, atMost, noted, type Finding } from './findings.js';
import { adminKey, consumers, Fleet, type Scale } from './fleet.js';
import { PrometheusServer, type Series } from './prometheus-server.js';

const expected = 'BreakerOpen';
const picture = fileURLToPath(new URL('../../docs/images/outage.svg', import.meta.url));
/** Load, in all; the time before HSS fails; the least time for which HSS is down; the time after the alert. */
const [loadMs, calmMs, leastDownMs, afterMs] = [300_000, 60_000, 120_000, 75_000];
/** `for: 2m`, and the time in which calls fail until the breaker opens. */
const firesWithinMs = 420_000;
const resolvesWithinMs = 300_000;
const [clients, perSecond] = [4, 20];
const paths = [
  '/v1/registry-images?limit=50',
  '/v1/local-images?limit=50',
  `/v1/images/lookup?ref=${encodeURIComponent('scc_hss_container/proxy-agent:24.5.0-x86_64')}`,
  '/v1/images?severity=high',
];

export async function prometheus({ deadlineMs }: Scale): Promise<Finding[]> {
  const program = process.env['PROMETHEUS_BIN'];
  if (!program) return [noted('skipped: no PROMETHEUS_BIN', '')];
  // The rate of HSS, and the fresh lives that it allows.
  const scale = { limit: { limit: 5, windowMs: 60_000 }, deadlineMs, members: 2 };
  const fleet = await Fleet.start(scale, { CATALOG: 'on', FLEET_SIZE: '2' });
  let server: PrometheusServer | undefined;
  try {
    const targets = fleet.members.map(({ url }) => new URL(url).host);
    server = await PrometheusServer.start(program, targets, adminKey);
    return await watch(fleet, server);
  } finally {
    await server?.stop();
    await fleet.end();
  }
}

async function watch(fleet: Fleet, server: PrometheusServer): Promise<Finding[]> {
  const { faults } = fleet.emulator;
  const load = new Load(fleet);
  await until(async () => (await server.value('sum(up)')) === fleet.members.length, 60_000);
  const running = load.run();
  const startedAt = Date.now();
  try {
    await sleep(calmMs);
    const downAt = Date.now();
    faults.schedule({ kind: 'status', status: 503 });
    await sleep(leastDownMs);
    await until(async () => (await server.firing()).includes(expected), firesWithinMs);
    const firedAt = Date.now();
    faults.clear();
    const upAt = Date.now();
    await until(async () => (await server.firing()).length === 0, resolvesWithinMs);
    const resolvedAt = Date.now();
    await sleep(Math.max(afterMs, startedAt + loadMs - resolvedAt));
    const span = [startedAt / 1_000, Date.now() / 1_000] as const;
    const fired = await server.range('ALERTS{alertstate="firing"}', ...span);
    const others = fired.filter(({ metric }) => metric['alertname'] !== expected);
    const seconds = (from: number, to: number) => Math.round((to - from) / 1_000);
    await draw(server, span, { downAt, upAt, firedAt, resolvedAt });
    return [
      noted(`${expected} fires after the outage has begun (s)`, seconds(downAt, firedAt)),
      noted(`${expected} resolves after HSS is back (s)`, seconds(upAt, resolvedAt)),
      atMost('other alerts that fired', others.length, 0),
      ...others.map(({ metric }) => noted('', JSON.stringify(metric))),
      atLeast('load (s)', seconds(startedAt, Date.now()), loadMs / 1_000),
      atLeast('answers', load.answered, 500),
      noted('answers without data', load.failed),
      atMost(
        '429s of HSS, as Prometheus knows them',
        await server.value('sum(hss_bff_upstream_throttled_total)'),
        0,
      ),
      atMost(
        'calls inside a Retry-After, as Prometheus knows them',
        await server.value('sum(hss_bff_upstream_calls_inside_retry_after_total)'),
        0,
      ),
    ];
  } finally {
    load.end();
    await running;
  }
}

interface Times {
  downAt: number;
  upAt: number;
  firedAt: number;
  resolvedAt: number;
}

async function draw(
  server: PrometheusServer,
  [fromS, toS]: readonly [number, number],
  times: Times,
): Promise<void> {
  const lines = async (query: string, nameOf: (metric: Series['metric']) => string): Promise<Line[]> =>
    (await server.range(query, fromS, toS)).map(({ metric, values }) => ({
      name: nameOf(metric),
      // A ratio of nothing to nothing is no number.
      points: values
        .map(([atS, value]): [number, number] => [atS, Number(value)])
        .filter(([, value]) => !isNaN(value)),
    }));
  const limit = await lines('max(hss_bff_budget_limit_calls)', () => 'limit');
  const used = await lines('max by (api) (hss_bff_budget_used_calls)', ({ api = '' }) => api);
  const panels = [
    {
      title: 'Budget: calls of the last minute, by API',
      lines: [...used, ...limit.map((line) => ({ ...line, isDashed: true }))],
    },
    {
      title: 'Hits: look-ups a second that found a stored answer, and answers with 5xx',
      lines: [
        ...(await lines(
          'sum by (tier) (rate(hss_bff_cache_lookups_total{outcome="hit"}[30s]))',
          ({ tier = '' }) => tier,
        )),
        ...(await lines(
          'sum(rate(hss_bff_http_requests_total{status=~"5.."}[30s])) or vector(0)',
          () => '5xx',
        )),
      ],
    },
    {
      title: 'Stale age: mean age in seconds of answers past their fresh life, by cause',
      lines: await lines(
        'sum by (cause) (rate(hss_bff_stale_answer_age_seconds_sum[30s])) / sum by (cause) (rate(hss_bff_stale_answer_age_seconds_count[30s]))',
        ({ cause = '' }) => cause,
      ),
    },
  ];
  const { downAt, upAt, firedAt, resolvedAt } = times;
  const bands: Band[] = [
    { name: 'HSS is down', fromS: downAt / 1_000, toS: upAt / 1_000, colour: '#eee' },
    { name: `${expected} fires`, fromS: firedAt / 1_000, toS: resolvedAt / 1_000, colour: '#f6c9c4' },
  ];
  writeFileSync(picture, chart(panels, bands, fromS, toS));
}

/** Consumers that ask both instances for what is mostly stored. */
class Load {
  answered = 0;
  failed = 0;
  #isOver = false;

  constructor(private readonly fleet: Fleet) {}

  end(): void {
    this.#isOver = true;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: clients }, (_, client) => this.#client(client)));
  }

  async #client(client: number): Promise<void> {
    const consumer = new Consumer(consumers[client]!.key);
    for (let at = client; !this.#isOver; at += 1) {
      const { url } = this.fleet.members[at % this.fleet.members.length]!;
      const { status } = await consumer.get(
        url + paths[Math.floor(at / this.fleet.members.length) % paths.length]!,
      );
      this.answered += 1;
      if (status !== 200) this.failed += 1;
      await sleep((1_000 * clients) / perSecond);
    }
    consumer.close();
  }
}
