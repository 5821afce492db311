import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { matchesEtag } from './etag.js';
import { codingOf } from './negotiation.js';

export const html = 'text/html; charset=utf-8';

/** Only what this service serves itself. `style` allows styles that a script sets. */
export function securityPolicy(
  style: "'self'" | "'self' 'unsafe-inline'" = "'self'",
): Record<string, string> {
  return {
    'content-security-policy': `default-src 'none'; script-src 'self'; connect-src 'self'; style-src ${style}; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
  };
}

/** A text that stays the same for the life of the process, packed when it is first asked for. */
export interface StaticText {
  type: string;
  /** Called once. Most instances get no request for a page, and start sooner without it. */
  make: () => string | Buffer;
  /** For an address that names the version of its content. */
  isImmutable?: boolean;
  headers?: Record<string, string>;
}

interface Packed {
  plain: Buffer;
  gzip: Buffer;
  etag: string;
}

/** Serves the text with an ETag, compressed where the browser takes gzip. */
export function serveStatic(fastify: FastifyInstance, path: string, text: StaticText): void {
  let packed: Packed | undefined;
  fastify.get(path, (request, reply) => send(request, reply, text, (packed ??= pack(text.make()))));
}

function pack(text: string | Buffer): Packed {
  const plain = Buffer.from(text);
  const etag = `W/"${createHash('sha1').update(plain).digest('base64url')}"`;
  return { plain, gzip: gzipSync(plain), etag };
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, isImmutable = false, headers = {} }: StaticText,
  { plain, gzip, etag }: Packed,
): FastifyReply {
  void reply.headers({
    etag,
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    'cache-control': isImmutable
      ? 'public, max-age=31536000, immutable'
      : 'public, max-age=0, must-revalidate',
    ...headers,
  });
  if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
  const isPacked = /gzip/.test(codingOf(request.headers['accept-encoding']));
  if (isPacked) void reply.header('content-encoding', 'gzip');
  return reply.type(type).send(isPacked ? gzip : plain);
}
