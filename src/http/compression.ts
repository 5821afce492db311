/**
 * Packs JSON answers with gzip when the client accepts it. Installed on Fastify; the hot path packs its stored bytes
 * itself. Streams, such as the export, pack themselves.
 */
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { codingOf, type Coding } from './negotiation.js';

/** A shorter answer fits into one packet of the network as it is. */
const shortBytes = 1_024;

export function isPacked(coding: Coding, bytes: number): boolean {
  return coding === 'always-gzip' || (coding === 'gzip' && bytes > shortBytes);
}

export function installCompression(fastify: FastifyInstance): void {
  // Not async: a refusal must be on its way before the parser meets a malformed body.
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const bytes = jsonBytes(reply, payload);
    if (bytes !== undefined) addVary(reply);
    if (bytes === undefined || !isPacked(codingOf(request.headers['accept-encoding']), bytes)) {
      done(null, payload);
      return;
    }
    void reply.header('content-encoding', 'gzip').removeHeader('content-length');
    gzip(payload as string | Buffer, (error, packed) => {
      if (error) done(error);
      else done(null, packed);
    });
  });
}

/** @returns undefined for everything that is not a whole JSON text. */
function jsonBytes(reply: FastifyReply, payload: unknown): number | undefined {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return undefined;
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/.test(String(reply.getHeader('content-type') ?? ''));
  return isJson && !reply.hasHeader('content-encoding') ? Buffer.byteLength(payload) : undefined;
}

function addVary(reply: FastifyReply): void {
  const vary = String(reply.getHeader('vary') ?? '');
  if (/accept-encoding/i.test(vary)) return;
  void reply.header('vary', vary === '' ? 'Accept-Encoding' : `${vary}, Accept-Encoding`);
}
