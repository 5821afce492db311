/** A real Prometheus that reads instances and evaluates the rules of deploy/prometheus as they are. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unusedPort } from '../support/unused-port.js';
import { until } from '../support/until.js';

/** Seconds between two scrapes, and between two evaluations of the rules. */
const stepS = 5;

export interface Series {
  metric: Record<string, string>;
  /** Unix time in seconds, and the value as Prometheus writes it. */
  values: [atS: number, value: string][];
}

interface Alert {
  labels: { alertname: string };
  state: 'pending' | 'firing';
}

export class PrometheusServer {
  private constructor(
    private readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** @param targets `host:port` of the instances. @param key a key of the scope `watch`. */
  static async start(program: string, targets: readonly string[], key: string): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'hss-bff-prometheus-'));
    const config = {
      global: { scrape_interval: `${stepS}s`, scrape_timeout: `${stepS}s`, evaluation_interval: `${stepS}s` },
      rule_files: [fileURLToPath(new URL('../../deploy/prometheus/rules.yaml', import.meta.url))],
      scrape_configs: [
        { job_name: 'hss-bff', authorization: { credentials: key }, static_configs: [{ targets }] },
      ],
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const address = `127.0.0.1:${await unusedPort()}`;
    const child = spawn(
      program,
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const server = new PrometheusServer(`http://${address}`, child, folder);
    await until(
      () =>
        fetch(`${server.url}/-/ready`)
          .then(({ ok }) => ok)
          .catch(() => false),
      60_000,
    );
    return server;
  }

  /** Names of the alerts that fire now. */
  async firing(): Promise<string[]> {
    const { alerts } = await this.#ask<{ alerts: Alert[] }>('alerts');
    return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
  }

  /** The value of an expression that has one series; 0 where it has none. */
  async value(query: string): Promise<number> {
    const { result } = await this.#ask<{ result: { value: [number, string] }[] }>('query', { query });
    return Number(result[0]?.value[1] ?? 0);
  }

  async range(query: string, fromS: number, toS: number): Promise<Series[]> {
    const parameters = { query, start: String(fromS), end: String(toS), step: String(stepS) };
    const { result } = await this.#ask<{ result: Series[] }>('query_range', parameters);
    return result;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ask<Data>(route: string, parameters: Record<string, string> = {}): Promise<Data> {
    const answer = await fetch(`${this.url}/api/v1/${route}?${new URLSearchParams(parameters).toString()}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: Data; error?: string };
    if (status !== 'success') throw new Error(`Prometheus answers ${route}: ${error}`);
    return data;
  }
}
