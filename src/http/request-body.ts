/** Refuses bodies by their headers, before they are read. json-body.ts reads the others. */
import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from './problem.js';

/** @returns the problem of a body that cannot be read: one that is compressed, or not in UTF-8. */
export function refuseBody(headers: IncomingHttpHeaders): Problem | undefined {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody) return undefined;
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity')
    return new Problem('unsupported-media-type', 'Send the body without Content-Encoding');
  // Node unpacks the last coding, chunked, and no other.
  if (headers['transfer-encoding']?.includes(','))
    return new Problem('unsupported-media-type', 'Send the body without a Transfer-Encoding beside chunked');
  const charsets = (headers['content-type'] ?? '').matchAll(/;\s*charset\s*=\s*"?([^";\s]*)/gi);
  if ([...charsets].some(([, charset = '']) => !/^utf-?8$/i.test(charset)))
    return new Problem('unsupported-media-type', 'Send the body in UTF-8');
  return undefined;
}
