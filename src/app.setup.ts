import { hash } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppModule, type Surroundings } from './app.module.js';
import { CallBudget } from './budget/call-budget.js';
import { Cache } from './cache/create-cache.js';
import { CATALOG_SETTINGS, type CatalogSettings } from './catalog/catalog-settings.js';
import { CATALOG_STATUS, type StatusSource } from './catalog/routes/catalog-status.js';
import { FencedValues } from './cache/fenced-values.js';
import { liveInstances } from './cache/live-instances.js';
import { JwtVerifier } from './consumers/jwt-verifier.js';
import { installConsole } from './console/console-routes.js';
import { openConsumers } from './consumers/open-consumers.js';
import { Rates } from './consumers/rates.js';
import { routableUrl } from './face/received.js';
import { refuseOtherMethods } from './face/unserved-methods.js';
import { AllowedMethods } from './http/allowed-methods.js';
import { installAudit } from './http/audit.js';
import { troubleParts, Troubles } from './health/troubles.js';
import { HssClient } from './hss/hss-client.js';
import { ClientAddress } from './http/client-address.js';
import { Cors } from './http/cors.js';
import { FailedAuthentications } from './http/failed-authentications.js';
import { AnswerAdapter } from './http/answer-adapter.js';
import { installAdmission, longestUrl, type AdmissionOptions } from './http/admission.js';
import { installCompression } from './http/compression.js';
import { HotAnswers } from './http/hot-answers.js';
import { SharedAnswers } from './http/shared-answers.js';
import { HitLines } from './http/hit-lines.js';
import { HotPath } from './http/hot-path.js';
import { GracefulClose } from './http/graceful-close.js';
import { installConnectionRules, serverLimits } from './http/connections.js';
import { Exchanges } from './http/exchanges.js';
import { installJsonBody, largestBodyBytes } from './http/json-body.js';
import { MalformedHttpAnswers } from './http/malformed-http.js';
import { Problem } from './http/problem.js';
import { ProblemFilter } from './http/problem.filter.js';
import { parseQueryString } from './http/query-string.js';
import { RecentProblems } from './http/recent-problems.js';
import { requestId } from './http/request-id.js';
import { RequestCounts } from './http/request-counts.js';
import { installRequestLog, RequestLog } from './http/request-log.js';
import { normalizeTargets } from './http/request-target.js';
import { StaleAnswers } from './http/stale-answers.js';
import { StrictAnswers } from './http/strict-answers.js';
import { sendProblem } from './http/send-problem.js';
import { toProblem } from './http/to-problem.js';
import { endIfUnread, endWhenUnread } from './http/unread-body.js';
import { StrictValidationPipe } from './http/validation.js';
import { ListReader } from './endpoints/lists/list-reader.js';
import { ScanMarks, type ScannedRow } from './endpoints/lists/scan-marks.js';
import { CatalogAccess } from './catalog/lookup/catalog-access.js';
import { dataScope } from './config/data-scope.js';
import { readKeySet } from './hss/read-key-set.js';
import { Transport } from './hss/transport.js';
import { REDIS } from './injection-tokens.js';
import { createMetrics } from './metrics/metrics.js';
import { installMetrics } from './metrics/serve-metrics.js';
import { installDocs } from './openapi/docs-routes.js';
import { buildDocument, releaseVersion } from './openapi/document.js';
import { FleetClock } from './redis/fleet-clock.js';
import type { RedisLink } from './redis/redis-link.js';
import { NestLogger } from './telemetry/nest-logger.js';

/**
 * Makes the application, ready to listen. Used by service.ts and by every end-to-end test, so production and tests have
 * the same set-up. Never opens the port.
 */
export async function createApp(surroundings: Surroundings): Promise<NestFastifyApplication> {
  const { config, log, demoKey } = surroundings;
  const clock = new FleetClock(surroundings.clock);
  const methods = new AllowedMethods();
  const exchanges = new Exchanges();
  const { consumers, watch: consumersFile, stop } = openConsumers(config, demoKey, clock, log);
  const rates = new Rates(clock, config.authFailures);
  const addresses = new ClientAddress(config.trustedProxies);
  const cors = new Cors(config.corsOrigins);
  const { hitLog, droppedLines = () => 0 } = surroundings;
  const counts = new RequestCounts();
  const strict = new StrictAnswers();
  const hits = new HitLines(hitLog, config.logSampleHits);
  const requests = new RequestLog({ log, hits, counts, strict, clock });
  const readKeys = (url: string) => readKeySet(url, app.get(Transport));
  const jwt = config.jwt && new JwtVerifier(config.jwt, consumers, clock, readKeys);
  const admission: AdmissionOptions = {
    consumers,
    jwt,
    rates,
    failures: new FailedAuthentications(rates, clock, log),
    addresses,
    methods,
    clock,
    requestDeadlineMs: config.requestDeadlineMs,
    publicBasePath: config.listen.publicBasePath,
    isDemo: config.mode === 'demo',
    recent: new RecentProblems(),
  };
  const malformed = new MalformedHttpAnswers(exchanges, admission);
  const adapter = new AnswerAdapter({
    genReqId: requestId,
    requestIdHeader: false,
    bodyLimit: largestBodyBytes,
    forceCloseConnections: 'idle',
    // A request that comes in over an open connection during shutdown is answered like any other request.
    return503OnClosing: false,
    http: serverLimits(config.requestDeadlineMs),
    requestTimeout: config.requestDeadlineMs,
    ...(config.hasFace ? { rewriteUrl: ({ url = '/' }) => routableUrl(url) } : {}),
    // The DTO's own check refuses ids that are too long, and names the field.
    routerOptions: { maxParamLength: longestUrl, querystringParser: parseQueryString },
    // A URL that the router cannot read reaches no hook, so the admission never sees it.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      endIfUnread(request, reply, clock);
      sendProblem(
        request,
        reply,
        toProblem(error) ?? new Problem('invalid-request', 'The request cannot be read'),
        admission,
      );
    },
    clientErrorHandler: (error, socket) => malformed.refuse(error, socket),
  });
  const fastify: FastifyInstance = adapter.getInstance();
  methods.watch(fastify);
  installRequestLog(fastify, requests, clock);
  cors.install(fastify, methods);
  installAdmission(fastify, admission);
  if (config.hasFace) refuseOtherMethods(fastify);
  installAudit(fastify, log, addresses);
  fastify.addHook('onClose', (_fastify, done) => {
    stop();
    rates.stop();
    done();
  });
  installCompression(fastify);
  installJsonBody(fastify);
  endWhenUnread(fastify, clock);
  const closing = new GracefulClose(clock, log);
  closing.install(fastify);
  installConnectionRules(fastify.server, exchanges, malformed);

  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(surroundings, clock, { ...admission, consumersFile }, closing),
    adapter,
    {
      logger: new NestLogger(log),
      abortOnError: false,
      // json-body.ts reads bodies.
      bodyParser: false,
    },
  );
  const hot = app.get(HotAnswers);
  const redis = app.get<RedisLink | null>(REDIS);
  const stale = app.get(StaleAnswers);
  adapter.offerTo(hot, stale, clock);
  if (redis) hot.alsoFrom(sharedAnswers(app, redis, config, clock));
  rates.share(redis, liveInstances);
  const hotPath = new HotPath({
    ...admission,
    answers: hot,
    exchanges,
    requests,
    stale,
    ending: closing,
    cors,
  });
  hotPath.install(fastify.server);
  normalizeTargets(fastify.server, config.listen.publicBasePath, methods);
  app.useGlobalPipes(new StrictValidationPipe());
  app.useGlobalFilters(new ProblemFilter(admission, log));
  const metrics = createMetrics({
    ...{
      requests: counts,
      stale,
      strict,
      droppedLines,
      hot,
      redis,
      rates,
      consumers,
      consumersFile,
      jwt,
      clock,
    },
    ...{
      release: releaseVersion,
      parts: troubleParts,
      instance: app.get<CatalogSettings>(CATALOG_SETTINGS).instance,
    },
    cache: app.get(Cache),
    budget: app.get(CallBudget),
    client: app.get(HssClient),
    catalog: config.hasCatalog ? app.get<StatusSource>(CATALOG_STATUS, { strict: false }) : null,
    troubles: () => app.get(Troubles).now(),
  });
  const { metricsPort } = config;
  installMetrics(
    fastify,
    metrics,
    metricsPort === undefined ? undefined : { host: config.listen.host, port: metricsPort },
  );
  const { publicBasePath } = config.listen;
  installDocs(fastify, () => buildDocument(app, publicBasePath), publicBasePath, config.hasConsole);
  if (config.hasConsole) installConsole(fastify, publicBasePath, demoKey);
  return app;
}

/** Changes with the form of answers in Redis. */
const answerForm = 1;

function sharedAnswers(
  app: NestFastifyApplication,
  redis: RedisLink,
  config: Surroundings['config'],
  clock: FleetClock,
): SharedAnswers {
  const { hss, listen, hasCatalog, credential, registryHosts, lifetimes } = config;
  // Everything that makes two instances give different answers from the same entries.
  const { scope } = dataScope(hss, credential);
  const made = [
    answerForm,
    releaseVersion,
    scope,
    hss.enterpriseProjectId,
    listen.publicBasePath,
    hasCatalog,
    registryHosts,
    lifetimes,
  ];
  const reader = app.get(ListReader);
  return new SharedAnswers({
    values: new FencedValues(redis, hash('sha256', JSON.stringify(made)).slice(0, 16)),
    tiers: app.get(Cache).tiers,
    stores: [app.get(ScanMarks), app.get(CatalogAccess, { strict: false }).versions],
    clock,
    // A list that another instance has read tells of newer scans as well.
    onFound: (route, body) => {
      if (route !== '/v1/registry-images') return;
      reader.learnScans((JSON.parse(body) as { items: ScannedRow[] }).items);
    },
  });
}
