/**
 * Opens the port of the service on every address of `LISTEN_HOST`. `localhost` has an address of IPv4 and one of IPv6,
 * and clients try either first.
 */
import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { createServer, type AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/** @param port 0 for any free port. */
export async function listen(
  app: NestFastifyApplication,
  host: string,
  port: number,
  addresses = addressesOf,
): Promise<void> {
  const [address = host, ...others] = host.toLowerCase() === 'localhost' ? await addresses(host) : [host];
  await app.listen(port, address);
  const fastify = app.getHttpAdapter().getInstance();
  const opened = (fastify.server.address() as AddressInfo).port;
  for (const other of others) await openGate(fastify, other, opened);
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}

/**
 * A second HTTP server, as Fastify makes it, would lack every listener and limit of the first. An address that this
 * machine does not have is left out.
 */
async function openGate({ server, gates }: FastifyInstance, host: string, port: number): Promise<void> {
  const gate = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    server.emit('connection', socket),
  );
  gate.maxConnections = server.maxConnections;
  try {
    await once(gate.listen({ host, port }), 'listening');
    gates.add(gate);
  } catch {
    gate.close();
  }
}
