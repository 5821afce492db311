/**
 * The end of the service in order. At a signal readiness turns to 503 while new requests are still answered, because
 * balancers need a while to notice. Then the drain begins: no new connections, running requests are finished, what
 * still waits for HSS is answered without HSS, and at last connections that do not end by themselves are closed.
 */
import type { Server } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Log } from '../telemetry/log.js';
import type { Clock } from '../time/clock.js';
import { ServiceStopping } from '../time/deadline.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Listen on further addresses and hand their connections to the HTTP server. Close with the HTTP server. */
    gates: Set<Server>;
  }
}

/**
 * Counted from the begin of the drain. With the longest SHUTDOWN_DELAY of 10 s the process ends within 25 s; container
 * runtimes need a longer limit of their own (docker-compose.yml: 30 s, deploy/kubernetes: 40 s).
 */
export const drainLimits = {
  /** Requests that still wait get their 503 or their stale answer. Exports end. */
  answersMs: 8_000,
  /** All connections are closed: a body that does not come, or a client that reads slowly, must not keep the process. */
  connectionsMs: 10_000,
  /** The process ends, whatever still runs. */
  processMs: 14_000,
};

export class GracefulClose {
  #isEnding = false;
  readonly #waiting = new Set<FastifyRequest>();
  #cancels: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** From the signal on. Readiness is 503, and each answer asks its client to leave the connection. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** At the signal. Requests are still accepted. */
  announce(): void {
    this.#isEnding = true;
  }

  /** Nest calls this method when the drain begins. */
  onModuleDestroy(): void {
    this.announce();
    this.#cancels = [this.clock.after(drainLimits.answersMs, () => this.#answerWithoutHss())];
  }

  install(fastify: FastifyInstance): void {
    const gates = new Set<Server>();
    let closed: Promise<unknown> | undefined;
    fastify.decorate('gates', gates);
    fastify.addHook('onRequest', (request, reply, done) => {
      this.#waiting.add(request);
      reply.raw.once('close', () => this.#waiting.delete(request));
      done();
    });
    fastify.addHook('preClose', (done) => {
      const leftMs = drainLimits.connectionsMs;
      this.#cancels.push(this.clock.after(leftMs, () => fastify.server.closeAllConnections()));
      closed = Promise.all([...gates].map((gate) => new Promise((resolve) => gate.close(resolve))));
      done();
    });
    fastify.addHook('onClose', async () => {
      await closed;
      for (const cancel of this.#cancels) cancel();
    });
    // A connection with a running request would stay open for as long as the client likes. Fastify closes idle
    // connections itself when the drain begins.
    fastify.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.#isEnding) reply.header('connection', 'close');
      done();
    });
  }

  /** The consumer asks again, and another instance answers. */
  #answerWithoutHss(): void {
    const contexts = [...this.#waiting].flatMap(({ context }) => context ?? []);
    if (contexts.length === 0) return;
    this.log.warn(
      { requests: contexts.length },
      'Stopping: what still waits for HSS is answered without HSS',
    );
    const reason = new ServiceStopping();
    for (const { deadline } of contexts) deadline.end(reason);
  }
}
