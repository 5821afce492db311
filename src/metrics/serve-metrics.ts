/**
 * Serves the metrics: at /metrics of the service for keys with the scope `watch`, or on a port of their own that serves
 * nothing else and asks for no key.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

const path = '/metrics';

/** @param own the address of a port for the metrics alone (port 0: any free one); undefined: they are a route. */
export function installMetrics(
  fastify: FastifyInstance,
  metrics: Registry,
  own: { host: string; port: number } | undefined,
): void {
  if (!own) {
    addRoute(fastify, metrics);
    return;
  }
  const server = metricsServer(metrics);
  fastify.decorate('metricsServer', server);
  // A port that is taken stops the start. The metrics end last, so that the drain can be watched.
  fastify.addHook('onReady', async () => {
    await once(server.listen(own), 'listening');
  });
  fastify.addHook('onClose', () => closed(server));
}

declare module 'fastify' {
  interface FastifyInstance {
    /** There with METRICS_PORT. */
    metricsServer?: Server;
  }
}

/** The admission asks for the key. */
function addRoute(fastify: FastifyInstance, metrics: Registry): void {
  const produces = [metrics.contentType];
  fastify.get(path, { config: { produces } }, async (_request, reply) => {
    const text = await metrics.metrics();
    return reply.headers({ 'content-type': metrics.contentType, 'cache-control': 'no-store' }).send(text);
  });
}

function metricsServer(metrics: Registry): Server {
  const server = createServer((request, response) => {
    const { method = '' } = request;
    // Node sends no body in an answer to HEAD.
    const isAsked = ['GET', 'HEAD'].includes(method) && pathOf(request.url) === path;
    if (!isAsked) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Only GET /metrics is here\n');
      return;
    }
    metrics.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  // Prometheus asks every 15 to 60 s, over the same connection.
  server.keepAliveTimeout = 65_000;
  return server;
}

function pathOf(url = ''): string {
  return url.replace(/\?.*$/s, '');
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  const ended = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await ended;
}
