/**
 * One line in the log for each admin action, export and refusal, written at once. Refused keys have their own lines in
 * failed-authentications.ts, reloads in src/consumers. Shows no URL: its content belongs to the consumer.
 */
import type { FastifyInstance } from 'fastify';
import type { Log } from '../telemetry/log.js';
import type { ClientAddress } from './client-address.js';

type AuditKind = 'admin' | 'export' | 'refusal';

export function installAudit(fastify: FastifyInstance, log: Log, addresses: ClientAddress): void {
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    const { context } = request;
    const route = request.routeOptions.url ?? '';
    const status = reply.statusCode;
    const kind = context ? kindOf(request.method, route, status) : undefined;
    if (context && kind) {
      const { principal, consumer } = context;
      const who = { consumer, keyId: principal.keyId, address: addresses.of(request.raw) };
      log.info({ audit: kind, reqId: request.id, ...who, method: request.method, route, status }, 'Audit');
    }
    done();
  });
}

function kindOf(method: string, route: string, status: number): AuditKind | undefined {
  if (status === 403 || status === 429) return 'refusal';
  if (route.startsWith('/v1/admin') && method !== 'GET' && method !== 'HEAD') return 'admin';
  return route === '/v1/catalog/export' ? 'export' : undefined;
}
