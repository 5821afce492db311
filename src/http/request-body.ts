/** Reads the bodies of requests: JSON in UTF-8, not compressed. A body in any other form is refused, never guessed. */
import { TextDecoder } from 'node:util';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.js';
import { invalid } from './validation.js';

/** @returns the problem of a body that cannot be read, as the headers tell it. */
export function refuseBody(headers: IncomingHttpHeaders): Problem | undefined {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody) return undefined;
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity')
    return new Problem('unsupported-media-type', 'Send the body without Content-Encoding');
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    return new Problem('unsupported-media-type', 'Send the body in UTF-8');
  return undefined;
}

/** Replaces Fastify's reader of JSON, which takes bytes that are no UTF-8 for U+FFFD. */
export function installJsonBody(fastify: FastifyInstance): void {
  const readJson = fastify.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    let text: string;
    try {
      text = utf8.decode(bytes);
    } catch {
      done(invalid({ field: 'body', message: 'must be UTF-8' }));
      return;
    }
    void readJson(request, text, done);
  });
}
