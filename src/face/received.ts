/** Reads what a client sent, as the client sent it: a signature covers the bytes, not what the router made of them. */
import type { FastifyRequest } from 'fastify';
import { isDecodable } from '../http/request-target.js';
import { GatewayError } from './gateway-error.js';
import { escapeLonePercent, type ReceivedRequest } from './signature.js';

/** One official client signs the body `{}` of a GET. No call of the face has more to say. */
const largestBodyBytes = 4_096;

/** @throws GatewayError for a body that is too large. */
export async function receivedFrom(request: FastifyRequest): Promise<ReceivedRequest> {
  const { method } = request;
  const [path, query] = [pathOf(request), queryOf(request)];
  return { method, path, query, header: headersOf(request), body: await bodyOf(request) };
}

export function pathOf({ originalUrl }: FastifyRequest): string {
  return originalUrl.split('?', 1).join('');
}

/** The query without the question mark. */
export function queryOf({ originalUrl }: FastifyRequest): string {
  const at = originalUrl.indexOf('?');
  return at < 0 ? '' : originalUrl.slice(at + 1);
}

/** Finds the value of a header by its name in lower case. */
export function headersOf({ headers }: FastifyRequest): ReceivedRequest['header'] {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(',') : value;
  };
}

async function bodyOf({ raw }: FastifyRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The refusal of a large body must still reach the client, so the stream stays whole.
  for await (const chunk of raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > largestBodyBytes) throw new GatewayError(413, 'APIGW.0201', 'The body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The path and query as the router can read them: one leading slash, and no `%` that begins no character. Official
 * clients send two slashes and lone `%`, and sign them as sent.
 */
export function routableUrl(url: string): string {
  if (!/^\/{1,2}v[35]\//.test(url)) return url;
  const escaped = escapeLonePercent(url.replace(/^\/\//, '/'));
  // No client sends bytes that are no UTF-8. They only have to reach the face's own refusal.
  return isDecodable(escaped) ? escaped : escaped.replaceAll('%', '%25');
}

/** Whether a segment of the path is an id that HSS's path cannot hold: `..`, or one with a slash or a control character. */
export function hasUnsafeSegment(path: string): boolean {
  return path.split('/').some((segment) => /%2f|%[01][\da-f]|%7f|^(\.|%2e){1,2}$/i.test(segment));
}
