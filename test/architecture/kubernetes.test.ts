/** No cluster runs beside the tests, so these tests render deploy/kubernetes and compare the result with the service. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { readConfig } from '../../src/config/config.js';
import { settingNames } from '../../src/config/settings.js';
import { drainLimits } from '../../src/http/graceful-close.js';
import { findKubectls } from '../support/kubectl.js';

const folder = fileURLToPath(new URL('../../deploy/kubernetes', import.meta.url));
const overlays = ['staging', 'production'];
const kubectls = findKubectls();
if (kubectls.length === 0) console.warn('Skipped: no kubectl renders deploy/kubernetes on this machine.');

/* eslint-disable @typescript-eslint/no-explicit-any -- documents of many kinds; a wrong guess fails a test. */
type Document = { kind: string; apiVersion: string; metadata: { name: string } } & Record<string, any>;

const documentsOf = (text: string): Document[] =>
  parseAllDocuments(text).flatMap((document) => (document.toJSON() as Document | null) ?? []);

/** Validates against the schemas of Kubernetes. @throws Error that names the field. */
async function validate(document: Document): Promise<void> {
  const { apiVersion, kind } = document;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const path = group === '' ? version : `${group}/${version}`;
  const models = (await import(`kubernetes-models/${path}`)) as Record<
    string,
    new (data: object) => { validate(): void }
  >;
  expect(Object.keys(models)).toContain(kind);
  new models[kind]!(document).validate();
}

/** The names that a test compares, without the hash of a generated map. */
function byName(documents: Document[]): Record<string, Document> {
  return Object.fromEntries(
    documents.map((each) => [`${each.kind}/${each.metadata.name.replace(/-[a-z\d]{10}$/, '')}`, each]),
  );
}

const settingsOf = (documents: Record<string, Document>) =>
  documents['ConfigMap/hss-bff-settings']!['data'] as Record<string, string>;

describe('the files of deploy/kubernetes', () => {
  const files = ['base', ...overlays].flatMap((name) =>
    readdirSync(join(folder, name))
      .filter((file) => file !== 'kustomization.yaml')
      .map((file) => join(folder, name, file)),
  );

  it('are what the schemas of Kubernetes say', async () => {
    const documents = files.flatMap((file) => documentsOf(readFileSync(file, 'utf8')));
    expect(documents.length).toBeGreaterThan(8);
    // A patch has only the changed fields, so only whole documents are validated.
    for (const document of documents.filter(({ metadata }) => 'labels' in metadata)) await validate(document);
  });

  it('are not what the schemas say after a fault is planted', async () => {
    const planted = documentsOf(readFileSync(join(folder, 'base/stateful-set.yaml'), 'utf8'))[0]!;
    planted['spec'].replicas = 'two';
    await expect(validate(planted)).rejects.toThrow(/replicas/);
  });
});

const rendered = kubectls.flatMap(({ version, render }) =>
  overlays.map((overlay) => ({ version, overlay, render: () => render(join(folder, overlay)) })),
);
// Jest refuses an empty table, so a machine without kubectl skips one named case.
const cases = rendered.length > 0 ? rendered : [{ version: 'none', overlay: 'nothing', render: () => '' }];

(kubectls.length > 0 ? describe : describe.skip).each(cases)(
  '$overlay, rendered by kubectl $version',
  ({ overlay, render }) => {
    const documents = kubectls.length > 0 ? documentsOf(render()) : [];
    const named = byName(documents);
    const set = named['StatefulSet/hss-bff']?.['spec'];
    const pod = set?.template.spec;
    const [container] = pod?.containers ?? [];

    it('is what the schemas of Kubernetes say, in one namespace', async () => {
      expect(documents.length).toBeGreaterThanOrEqual(7);
      for (const document of documents) await validate(document);
      const namespaces = new Set(
        documents.map(({ metadata }) => (metadata as { namespace?: string }).namespace),
      );
      expect([...namespaces]).toEqual([overlay === 'production' ? 'hss-bff' : 'hss-bff-staging']);
    });

    it('has as many instances as FLEET_SIZE says, each with a stable name', () => {
      expect(settingsOf(named)['FLEET_SIZE']).toBe(String(set.replicas));
      expect(container.env).toContainEqual({
        name: 'INSTANCE_NAME',
        valueFrom: { fieldRef: { fieldPath: 'metadata.name' } },
      });
    });

    it('gives settings that the service accepts, with secrets in files only', () => {
      const given = Object.fromEntries(
        container.env.flatMap((each: any) => ('value' in each ? [[each.name, each.value]] : [])),
      );
      const { NODE_OPTIONS: heap, ...others } = given;
      // 60 % of the limit.
      expect([container.resources.limits.memory, heap]).toEqual(['1Gi', '--max-old-space-size=614']);
      const variables: Record<string, string> = {
        ...settingsOf(named),
        ...others,
        INSTANCE_NAME: 'hss-bff-0',
      };
      const known = [...settingNames, ...settingNames.map((name) => `${name}_FILE`), 'METRICS_PORT'];
      for (const name of Object.keys(variables)) expect(known).toContain(name);
      const mounts = container.volumeMounts.map(({ mountPath }: any) => mountPath as string);
      const read = (path: string) => {
        expect(mounts).toContain(path.replace(/\/[^/]+$/, ''));
        return path.endsWith('redis-url') ? 'rediss://user:password@redis:6379' : 'a-secret-value';
      };
      const image = { NODE_ENV: 'production', LISTEN_HOST: '0.0.0.0' };
      const config = readConfig({ ...image, ...variables }, read);
      expect(config).toMatchObject({ mode: 'hss', redis: { host: 'redis' }, warnings: [] });
      expect(config.consumersFile).toMatch(/^\/run\/secrets\//);
    });

    it('runs without root, read-only, without capabilities and without a token', () => {
      const everyPod = documents.flatMap((each) => each['spec']?.template?.spec ?? []);
      for (const spec of everyPod) {
        expect(spec).toMatchObject({
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        });
        for (const { securityContext, resources } of spec.containers) {
          expect(securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(resources.limits).toHaveProperty('memory');
        }
      }
    });

    it('gives delay and drain enough time', () => {
      const delayMs = Number(/^(\d+)s$/.exec(settingsOf(named)['SHUTDOWN_DELAY']!)![1]) * 1_000;
      expect(delayMs).toBeGreaterThan(3 * container.readinessProbe.periodSeconds * 1_000);
      expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(delayMs + drainLimits.processMs);
    });

    it('probes the routes of the service, and lets only the scraper to the metrics', () => {
      const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(
        (name) => container[name].httpGet,
      );
      expect(probes.map(({ path }) => path as string)).toEqual([
        '/health/live',
        '/health/ready',
        '/health/live',
      ]);
      const ports = Object.fromEntries(
        container.ports.map(({ name, containerPort }: any) => [name, containerPort]),
      );
      expect(ports).toEqual({ http: 3000, metrics: Number(settingsOf(named)['METRICS_PORT']) });
      const { ingress } = named['NetworkPolicy/hss-bff']!['spec'];
      const toMetrics = ingress.filter(({ ports: allowed }: any) =>
        allowed.some(({ port }: any) => port === 'metrics' || port === ports['metrics']),
      );
      expect(toMetrics).toEqual([
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
              podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
            },
          ],
          ports: [{ protocol: 'TCP', port: 'metrics' }],
        },
      ]);
      // A rule without ports would open all of them.
      for (const { ports: allowed } of ingress) expect(allowed.length).toBeGreaterThan(0);
    });

    it('spreads the instances over nodes and zones, and lets one go at a time', () => {
      expect(pod.topologySpreadConstraints.map(({ topologyKey }: any) => topologyKey).sort()).toEqual([
        'kubernetes.io/hostname',
        'topology.kubernetes.io/zone',
      ]);
      const labels = set.template.metadata.labels;
      for (const { labelSelector } of pod.topologySpreadConstraints)
        expect(labels).toMatchObject(labelSelector.matchLabels);
      const budget = named['PodDisruptionBudget/hss-bff']!['spec'];
      expect(budget).toEqual({ maxUnavailable: 1, selector: { matchLabels: labels } });
    });
  },
);
