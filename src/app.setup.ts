import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppModule, type Surroundings } from './app.module.js';
import { AllowedMethods } from './http/allowed-methods.js';
import { AnswerInterceptor } from './http/answer.interceptor.js';
import { ApiKeys, type ApiKey } from './http/api-keys.js';
import {
  answerMalformedHttp,
  installAdmission,
  longestUrl,
  requestId,
  sendProblem,
  type AdmissionOptions,
} from './http/admission.js';
import { HotAnswers } from './http/hot-answers.js';
import { installHotPath } from './http/hot-path.js';
import { closeGracefully } from './http/graceful-close.js';
import { Problem } from './http/problem.js';
import { ProblemFilter } from './http/problem.filter.js';
import { parseQueryString } from './http/query-string.js';
import { installRequestLog } from './http/request-log.js';
import { toProblem } from './http/to-problem.js';
import { StrictValidationPipe } from './http/validation.js';
import { installDocs } from './openapi/docs-routes.js';
import { buildDocument } from './openapi/document.js';
import { NestLogger } from './telemetry/nest-logger.js';

const largestBodyBytes = 256 * 1024;

/** Makes the application, ready to listen. Used by main.ts and by every end-to-end test: there is one set-up. */
export async function createApp(surroundings: Surroundings): Promise<NestFastifyApplication> {
  const { config, clock, log, demoKey } = surroundings;
  const methods = new AllowedMethods();
  const edge: AdmissionOptions = {
    keys: new ApiKeys([...config.apiKeys, ...(demoKey === undefined ? [] : [asDemoKey(demoKey)])]),
    methods,
    clock,
    requestDeadlineMs: config.requestDeadlineMs,
    publicBasePath: config.listen.publicBasePath,
    isDemo: config.mode === 'demo',
  };
  const adapter = new FastifyAdapter({
    genReqId: requestId,
    requestIdHeader: false,
    bodyLimit: largestBodyBytes,
    forceCloseConnections: 'idle',
    // What comes in over an open connection while the end is near is answered like any other request.
    return503OnClosing: false,
    // The edge refuses it, as a problem. Node would answer without one.
    http: { requireHostHeader: false },
    // Ids that are too long are refused by their own check, which names the field.
    routerOptions: { maxParamLength: longestUrl, querystringParser: parseQueryString },
    // A URL that the router cannot read never reaches a hook.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(request, reply, toProblem(error) ?? new Problem('invalid-request', 'Unreadable'), edge);
    },
    clientErrorHandler: (error, socket) => answerMalformedHttp(error, socket, edge),
  });
  const fastify: FastifyInstance = adapter.getInstance();
  methods.watch(fastify);
  installRequestLog(fastify, log, clock);
  installAdmission(fastify, edge);
  const ending = closeGracefully(fastify);
  fastify.removeContentTypeParser('text/plain');

  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(surroundings), adapter, {
    logger: new NestLogger(log),
    abortOnError: false,
    // Nest would read forms, and Fastify plain text: what is no JSON is a 415.
    bodyParser: false,
  });
  const hot = app.get(HotAnswers);
  installHotPath(fastify.server, hot, { ...edge, log, ending });
  app.useGlobalPipes(new StrictValidationPipe());
  app.useGlobalInterceptors(new AnswerInterceptor(hot, clock));
  app.useGlobalFilters(new ProblemFilter(edge, log));
  const { publicBasePath } = config.listen;
  installDocs(fastify, () => JSON.stringify(buildDocument(app, publicBasePath)), publicBasePath);
  return app;
}

/** It is printed on a terminal, so it works only where that terminal is. */
function asDemoKey(key: string): ApiKey {
  return { name: 'demo', role: 'read', loopbackOnly: true, key };
}
