/**
 * Reads the JSON body of a request, after the admission. Used for all routes with a body. Refuses bodies that two
 * readers could understand in two ways, and bodies that are nested so deep that later code would fail.
 */
import { TextDecoder } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { parse } from 'lossless-json';
import { isNestedDeeper } from '../json/nesting.js';
import { invalid } from './validation.js';

export const largestBodyBytes = 256 * 1024;
const mostLevels = 32;
const jsonType = 'application/json';

export function installJsonBody(fastify: FastifyInstance): void {
  // Nest would accept forms, and Fastify plain text. A body that is not JSON must be a 415.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<Buffer>(jsonType, { parseAs: 'buffer' }, (_request, bytes, done) => {
    try {
      done(null, parseBody(textOf(bytes)));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    const { expect, 'content-length': length = 0 } = request.headers;
    // A client that waits for `100 Continue` sends its body only if the body will be read. HTTP/1.0 has no such answer.
    if (
      request.raw.httpVersion !== '1.0' &&
      expect?.toLowerCase() === '100-continue' &&
      Number(length) <= largestBodyBytes &&
      request.method === 'POST' &&
      request.mediaType === jsonType
    )
      reply.raw.writeContinue();
    done(null, undefined);
  });
}

/** A byte order mark goes. Fastify would read bytes that are no UTF-8 as U+FFFD. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalid({ field: 'body', message: 'must be UTF-8' });
  }
}

function parseBody(text: string): unknown {
  if (isNestedDeeper(text, mostLevels))
    throw invalid({ field: 'body', message: `must not be nested deeper than ${mostLevels} levels` });
  try {
    return parse(text, undefined, {
      parseNumber: Number,
      onDuplicateKey: ({ key }) => {
        throw invalid({ field: key, message: 'must be given once' });
      },
    });
  } catch (error) {
    throw error instanceof SyntaxError ? invalid({ field: 'body', message: 'must be JSON' }) : error;
  }
}
