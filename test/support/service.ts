/** Starts the service inside the test process for integration and end-to-end tests, against an emulator. */
import type { Type } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import 'reflect-metadata';
import { PurgeLimit } from '../../src/admin/purge-limit.js';
import { createApp } from '../../src/app.setup.js';
import { CATALOG } from '../../src/catalog/lookup/catalog-access.js';
import { CATALOG_CHANGES } from '../../src/catalog/routes/changes.js';
import type { RecentChanges } from '../../src/catalog/routes/recent-changes.js';
import type { CatalogStore } from '../../src/catalog/model/reader.js';
import { readConfig } from '../../src/config/config.js';
import type { Emulator } from '../../emulator/emulator.js';
import { listen } from '../../src/http/listen.js';
import { HssClient } from '../../src/hss/hss-client.js';
import { logOptions } from '../../src/telemetry/open-log.js';
import { systemClock, type Clock } from '../../src/time/clock.js';

export const readKey = 'test-read-key-0123456789';
export const adminKey = 'test-admin-key-0123456789';

export interface TestAnswer {
  status: number;
  headers: Headers;
  /** The body as sent, for digits that JSON.parse would lose. */
  text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

export interface TestService {
  url: string;
  /** GET with the read key; `headers` overrides. */
  get(path: string, headers?: Record<string, string>): Promise<TestAnswer>;
  request(path: string, init?: RequestInit): Promise<TestAnswer>;
  /** Purges the target, or all entries by default, as an operator does. */
  purge(target?: Record<string, unknown>): Promise<TestAnswer>;
  /** The HSS client, for loads that no consumer asks for. */
  client: HssClient;
  /** The catalog of this instance, for tests that fill it by hand. */
  catalog: CatalogStore;
  changes: RecentChanges;
  /** A part of the running application, by its class. */
  part<Part>(type: Type<Part>): Part;
  /** The HTTP server below Nest. */
  fastify(): FastifyInstance;
  /** Every log line so far, as text. */
  logText(): string;
  close(): Promise<void>;
}

/** A limit in ms that is never reached, though clocks of tests jump by days while a command is under way. */
export const forEver = 20 * 24 * 3_600_000;

/** Starts the real application like production, with real HTTP on a free port, against an emulator. */
export async function startService(options: {
  emulator: Emulator;
  clock?: Clock;
  random?: () => number;
  /** The longest wait of a request for Redis. Unlimited by default, since a machine may be busy. */
  redisLimitMs?: number;
  /** The longest time between a grant of the budget and the sending of its call. By default as in production. */
  preparationMs?: number;
  /**
   * Redis's time in ms. By default the time of the test's clock, because a test moves that clock and Redis keeps real
   * time. A test that gives an instance a wrong clock gives the right time here.
   */
  redisTime?: () => number;
  /** The addresses on which the service listens, as if they were those of `localhost`. By default 127.0.0.1. */
  addresses?: string[];
  /** A port that stays the same over a restart. By default a free one. */
  port?: number;
  /** Settings, on top of AK/SK access to the emulator and the two keys above. */
  env?: Record<string, string>;
  redisUrl?: string;
  /** As in the demo. */
  demoKey?: string;
  /** Without a catalog, as in production with CATALOG=off. By default a catalog that tests can fill by hand. */
  isCatalogAbsent?: boolean;
  /** The lowest level of the lines that `logText` keeps. */
  logLevel?: 'debug' | 'warn';
}): Promise<TestService> {
  // `random` draws the longest lives: most tests count on the lives of the settings.
  const { emulator, clock = systemClock, random = () => 0, redisLimitMs = forEver } = options;
  const redisTime = options.redisTime ?? (clock === systemClock ? undefined : () => clock.now());
  const auth = options.env?.['HSS_AUTH'] ?? 'aksk';
  const config = readConfig(
    {
      HSS_REGION: emulator.region,
      HSS_ENDPOINT: emulator.url,
      HSS_PROJECT_ID: emulator.projectId,
      HSS_ENTERPRISE_PROJECT_ID: 'all_granted_eps',
      HSS_AUTH: auth,
      ...credentials(emulator, auth),
      API_KEYS: `reader=${readKey}`,
      ADMIN_API_KEYS: `operator=${adminKey}`,
      ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
      // Calls in the background would stand in every journal.
      CATALOG: 'off',
      // Most tests must not wait for a call; tests of the budget set a rate of their own.
      HSS_RATE: '1000/1s',
      HSS_RATE_TOTAL: '1000/1s',
      PORT: '0',
      ...options.env,
    },
    (path) => readFileSync(path, 'utf8'),
  );
  if (!config.hss) throw new Error('not a demo');
  let logged = '';
  const log = pino(logOptions(options.logLevel ?? 'debug'), {
    write: (line: string) => void (logged += line),
  });
  const app = await createApp({
    config: { ...config, hss: config.hss },
    clock,
    log,
    hitLog: log,
    random,
    redisLimitMs,
    redisTime,
    ...(options.preparationMs !== undefined && { preparationMs: options.preparationMs }),
    ...(options.isCatalogAbsent ? {} : { catalogSettings: { hasIndex: true } }),
    ...(options.demoKey === undefined ? {} : { demoKey: options.demoKey }),
  });
  await listen(app, 'localhost', options.port ?? 0, () =>
    Promise.resolve(options.addresses ?? ['127.0.0.1']),
  );
  const url = await app.getUrl();
  const request = async (path: string, init?: RequestInit): Promise<TestAnswer> => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text ? JSON.parse(text) : undefined,
    };
  };
  return {
    url,
    request,
    get: (path, headers = {}) => request(path, { headers: { 'X-API-Key': readKey, ...headers } }),
    purge: async (target = { all: true }) => {
      // Tests purge more often than operators may.
      for (const tag of ['all', 'project:']) await app.get(PurgeLimit).release(tag);
      return request('/v1/admin/cache/purge', {
        method: 'POST',
        headers: { 'X-API-Key': adminKey, 'content-type': 'application/json' },
        body: JSON.stringify(target),
      });
    },
    client: app.get(HssClient),
    catalog: app.get<CatalogStore>(CATALOG, { strict: false }),
    changes: app.get<RecentChanges>(CATALOG_CHANGES, { strict: false }),
    part: (type) => app.get(type),
    fastify: () => app.getHttpAdapter().getInstance(),
    logText: () => logged,
    close: () => app.close(),
  };
}

function credentials(emulator: Emulator, auth: string): Record<string, string> {
  const { ak, sk, domain, user, password } = emulator.credentials;
  switch (auth) {
    case 'iam':
      return { IAM_ENDPOINT: emulator.url, IAM_DOMAIN: domain, IAM_USER: user, IAM_PASSWORD: password };
    case 'token':
      return { HSS_TOKEN: emulator.issueToken() };
    default:
      return { CLOUD_SDK_AK: ak, CLOUD_SDK_SK: sk };
  }
}

/** The lines of a service's log at level error or fatal. */
export function errorLines(service: TestService): string[] {
  return service
    .logText()
    .split('\n')
    .filter((line) => /"level":(50|60)/.test(line));
}
