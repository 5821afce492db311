// Alerts, dashboard and runbook belong together: each names only metrics that exist, and each alert is explained.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name: string) => readFileSync(path(name), 'utf8');

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  annotations?: { runbook: string };
}
const { groups } = parse(read('deploy/prometheus/rules.yaml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);
const runbook = read('docs/operations.md');
/** The table of docs/operations.md is that of the metrics that are served: test/e2e/metrics.test.ts compares them. */
const labelsOf = new Map(
  [...runbook.matchAll(/^\| `(hss_bff_\w+)` +\| \w+ +\| ([^|]*)\|/gm)].map(([, name, labels]) => [
    name!,
    [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!),
  ]),
);
const served = new Set(labelsOf.keys());
const namesIn = (text: string) =>
  [...text.matchAll(/hss_bff_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));
const dashboard = JSON.parse(read('deploy/grafana/hss-bff.json')) as {
  panels: { targets: { expr: string }[] }[];
};
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
];
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

describe('alerts and dashboard', () => {
  it('ask for metrics that are served', () => {
    const asked = expressions.flatMap(namesIn);
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.filter((name) => !served.has(name))).toEqual([]);
  });

  it('show every metric that is served', () => {
    const shown = new Set(namesIn(read('deploy/grafana/hss-bff.json')));
    expect([...served].filter((name) => !shown.has(name))).toEqual([]);
  });

  it('group by labels that the metrics have', () => {
    // `le` belongs to histograms; Prometheus itself adds the instance.
    const unknown = expressions.flatMap((expr) => {
      const known = ['le', 'instance', ...namesIn(expr).flatMap((name) => labelsOf.get(name) ?? [])];
      const grouped = [...expr.matchAll(/ by \(([^)]*)\)/g)].flatMap(([, labels]) => labels!.split(', '));
      return grouped.filter((label) => !known.includes(label)).map((label) => `${label} in ${expr}`);
    });
    expect(unknown).toEqual([]);
  });

  it('are explained: meaning, what consumers feel, what to do', () => {
    for (const { alert, annotations } of alerts) {
      const [, entry = ''] = runbook.split(`\n### ${alert}\n`);
      expect([alert, annotations?.runbook]).toEqual([alert, `docs/operations.md#${alert!.toLowerCase()}`]);
      expect([alert, entry.split('\n### ')[0]!.match(/^- What/gm)?.length]).toEqual([alert, 3]);
    }
    const entries = [...runbook.split('\n## Alerts\n')[1]!.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(entries).toEqual(alerts.map(({ alert }) => alert));
  });

  it('are tested, each alert firing and silent', () => {
    const { tests } = parse(read('deploy/prometheus/rules.test.yaml')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    const seen = tests.flatMap(({ alert_rule_test: [one] }) => [
      `${one!.alertname} ${one!.exp_alerts.length}`,
    ]);
    expect(seen).toEqual(alerts.flatMap(({ alert }) => [`${alert} 1`, `${alert} 0`]));
  });

  (hasPromtool ? it : it.skip)('are right in the eyes of Prometheus', () => {
    for (const args of [
      ['check', 'rules', 'deploy/prometheus/rules.yaml'],
      ['test', 'rules', 'deploy/prometheus/rules.test.yaml'],
    ])
      expect(execFileSync('promtool', args, { cwd: path('.'), encoding: 'utf8' })).toContain('SUCCESS');
  });
});
