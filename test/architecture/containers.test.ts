/** No container engine runs beside the tests, so these tests compare the container files with the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/config.js';
import { settingNames, settings, type Setting, type SettingName } from '../../src/config/settings.js';
import { drainLimits } from '../../src/http/graceful-close.js';
import { optionsFrom } from '../../emulator/command-line.js';
import { Users } from '../../emulator/identity/users.js';
import { defaultOptions } from '../../emulator/options.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Stage {
  name: string;
  from: string;
  copies: { from: string | undefined; sources: string[] }[];
  environment: Record<string, string>;
  instructions: [keyword: string, rest: string][];
}

function stagesOf(dockerfile: string): Stage[] {
  const stages: Stage[] = [];
  const lines = dockerfile.replaceAll('\\\n', ' ').split('\n');
  for (const line of lines) {
    const [, keyword, rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === undefined) continue;
    if (keyword === 'FROM') {
      const [, from = '', name = ''] = /^(\S+) AS (\S+)$/.exec(rest) ?? [];
      stages.push({ name, from, copies: [], environment: {}, instructions: [] });
      continue;
    }
    const stage = stages.at(-1)!;
    stage.instructions.push([keyword, rest]);
    if (keyword === 'COPY') {
      const from = /^--from=(\S+) /.exec(rest)?.[1];
      const paths = rest.replace(/^--from=\S+ /, '').split(/\s+/);
      stage.copies.push({ from, sources: paths.slice(0, -1) });
    }
    if (keyword === 'ENV') {
      for (const pair of rest.split(/\s+/)) {
        const [name = '', value = ''] = pair.split('=');
        stage.environment[name] = value;
      }
    }
  }
  return stages;
}

interface Service {
  image: string;
  build?: { context: string; target: string };
  environment?: Record<string, string>;
  networks: string[];
  secrets?: string[];
  command?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  [key: string]: unknown;
}

const stages = stagesOf(read('Dockerfile'));
const compose: {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  secrets: Record<string, { file: string }>;
} = parse(read('docker-compose.yml'), { merge: true });
const services = Object.entries(compose.services);
const instances = services.filter(([, { image }]) => image === 'hss-bff');

/** Replaces variables as docker compose does, for the forms that the file uses. */
function interpolate(text: string, variables: Record<string, string>): string {
  return text.replace(
    /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (all, name?: string, kind?: string, word?: string) => {
      if (all === '$$' || name === undefined) return '$';
      const value = variables[name] ?? (kind === '-' ? word : undefined);
      if (value === undefined) throw new Error(`${name} is not set`);
      return value;
    },
  );
}

describe('Dockerfile', () => {
  it('copies only existing files, from existing stages', () => {
    const known = new Set<string>();
    for (const { name, from, copies } of stages) {
      expect(known.has(from) || /^node:24-slim$/.test(from)).toBe(true);
      for (const copy of copies) {
        if (copy.from === undefined) {
          for (const source of copy.sources)
            expect([source, existsSync(join(root, source))]).toEqual([source, true]);
        } else {
          expect(known).toContain(copy.from);
        }
      }
      known.add(name);
    }
  });

  it('sends only the copied files to the engine', () => {
    const lines = read('.dockerignore').split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('!'))).toEqual([
      '*',
    ]);
    const sent = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = stages.flatMap(({ copies }) =>
      copies.flatMap(({ from, sources }) => (from ? [] : sources)),
    );
    expect(sent.sort()).toEqual(copied.sort());
  });

  it('ends with the service: no root, production, /health/live, no emulator', () => {
    const service = stages.at(-1)!;
    const of = (keyword: string): string[] =>
      service.instructions.filter(([word]) => word === keyword).map(([, rest]) => rest);
    expect(service.name).toBe('service');
    expect(service.environment).toEqual({ NODE_ENV: 'production', LISTEN_HOST: '0.0.0.0' });
    expect(of('USER')).toEqual(['node']);
    expect(JSON.parse(of('CMD')[0]!)).toEqual(['node', '--enable-source-maps', 'dist/main.js']);
    expect(of('HEALTHCHECK')[0]).toMatch(/ CMD \["node", "dist\/health-check\.js"\]$/);
    expect(new Set(service.copies.map(({ from }) => from))).toEqual(new Set(['production']));
    const production = stages.find(({ name }) => name === 'production')!;
    expect(production.instructions).toEqual([['RUN', expect.stringMatching(/^rm -rf .*\bdist\/emulator\b/)]]);
    expect(stages[0]!.instructions).toContainEqual(['RUN', 'npm ci --omit=dev --ignore-scripts']);
  });
});

describe('docker-compose.yml', () => {
  it('has two instances, a balancer, Redis and the emulator', () => {
    expect(services.map(([name]) => name).sort()).toEqual([
      'balancer',
      'bff-1',
      'bff-2',
      'emulator',
      'redis',
    ]);
    expect(instances.map(([name]) => name)).toEqual(['bff-1', 'bff-2']);
    // Two builds of one image would leave one without a name.
    expect(instances.map(([, { build }]) => build?.target)).toEqual(['service', undefined]);
  });

  it.each(services)('%s runs hardened, from an existing stage and with existing parts', (_name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    const stageNames = stages.map(({ name }) => name);
    if (service.build) expect(stageNames).toContain(service.build.target);
    for (const network of service.networks) expect(Object.keys(compose.networks)).toContain(network);
    for (const secret of service.secrets ?? []) expect(Object.keys(compose.secrets)).toContain(secret);
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(Object.keys(compose.services)).toContain(other);
      expect(condition).toBe('service_healthy');
    }
    for (const word of [...(service.command ?? []), ...(service.healthcheck?.test ?? [])]) {
      expect(typeof word).toBe('string');
    }
    // The Dockerfile has the health check of the instances.
    expect(service.healthcheck !== undefined || service.image === 'hss-bff').toBe(true);
  });

  it('publishes only the balancer, and only on this machine', () => {
    const published = services.flatMap(([, { ports }]) => (ports as string[] | undefined) ?? []);
    expect(published.map((port) => interpolate(port, {}))).toEqual(['127.0.0.1:8080:8080']);
    expect(compose.networks['back']).toEqual({ internal: true });
  });

  it.each(instances)('gives %s more time to stop than delay and drain take', (_name, service) => {
    const seconds = Number(/^(\d+)s$/.exec(String(service['stop_grace_period']))![1]);
    const longestDelayMs = 10_000;
    expect(longestDelayMs + drainLimits.processMs).toBeLessThan(25_000);
    expect(seconds).toBeGreaterThanOrEqual(30);
  });

  it.each(instances)('starts %s with settings that the service accepts', (_name, service) => {
    const { NODE_OPTIONS: heap, ...environment } = service.environment!;
    // 60 % of 1 GiB.
    expect([service['mem_limit'], heap]).toEqual(['1g', '--max-old-space-size=614']);
    const variables = { ...stages.at(-1)!.environment, ...environment };
    const known = [...settingNames, ...settingNames.map((name) => `${name}_FILE`), 'NODE_ENV'];
    for (const name of Object.keys(variables)) expect(known).toContain(name);
    const config = readConfig(variables, (path) => {
      expect(path).toBe('/run/secrets/api-keys');
      return 'tests=key-of-the-container-test\n';
    });
    expect(config).toMatchObject({
      mode: 'hss',
      listen: { host: '0.0.0.0', port: 3000 },
      redis: { host: 'redis' },
    });
  });

  it('starts the emulator that the instances call', () => {
    const [node, file, ...args] = compose.services['emulator']!.command!;
    expect([node, file]).toEqual(['node', 'dist/emulator/main.js']);
    const { host, port, region, projectId } = { ...defaultOptions, ...optionsFrom(args, {}) };
    const { ak, sk } = new Users().credentials;
    expect(host).toBe('0.0.0.0');
    expect(instances[0]![1].environment).toMatchObject({
      HSS_ENDPOINT: `http://emulator:${port}`,
      HSS_REGION: region,
      HSS_PROJECT_ID: projectId,
      CLOUD_SDK_AK: ak,
      CLOUD_SDK_SK: sk,
    });
  });

  it('holds no key of a consumer, and does not start without a key', () => {
    expect(() => interpolate(compose.secrets['api-keys']!.file, {})).toThrow('API_KEYS_FILE is not set');
  });
});

describe('.env.example', () => {
  const [text, composePart] = read('.env.example').split('# --- docker compose only') as [string, string];
  const entry = /^# ([A-Z_]+)=(.*)$/;
  const lines = text.split('\n');
  const listed = lines.flatMap((line, at) => {
    const [, name, value] = entry.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value, comment: lines[at - 1]! }];
  });

  it('lists every setting once, with its own default', () => {
    expect(listed.map(({ name }) => name).sort()).toEqual([...settingNames].sort());
    for (const { name, value } of listed) {
      const setting: Setting = settings[name as SettingName];
      expect({ name, value }).toEqual({ name, value: setting.default ?? '' });
    }
  });

  it('lists all variables of docker-compose.yml, without a key', () => {
    const asked = new Set(Array.from(read('docker-compose.yml').matchAll(/\$\{(\w+)/g), ([, name]) => name));
    const named = composePart.split('\n').flatMap((line) => entry.exec(line)?.[1] ?? []);
    expect(named.sort()).toEqual([...asked].sort());
    expect(composePart).toContain('# API_KEYS_FILE=\n');
  });
});
