import type { ProblemCode } from '../http/problem.js';

/** Who has to act so that the same question gets an answer. */
type Actor = 'you' | 'nobody: wait' | 'the operator' | 'the owner of the image' | 'whoever runs HSS';

export interface Advice {
  cause: string;
  /** What the consumer does. */
  action: string;
  who: Actor;
}

const advice = (who: Actor, cause: string, action: string): Advice => ({ cause, action, who });

/** Why each error comes, and what to do. A test finds codes without an entry. */
export const problemAdvice: Readonly<Record<ProblemCode, Advice>> = {
  'invalid-request': advice(
    'you',
    'A parameter, the body or the URL is not what the document says; with `upstream`, HSS found it invalid.',
    'Read `errors`: it names each field and what is allowed. Correct the request.',
  ),
  'image-coordinates-required': advice(
    'you',
    'The catalog does not know the image, and HSS needs more than its id.',
    'Send the missing ones of `type`, `namespace`, `name` and `tag`, or wait until the catalog has read the image.',
  ),
  unauthenticated: advice(
    'you',
    'There is no key, or the service does not know it (any more).',
    'Send `Authorization: Bearer KEY` or `X-API-Key: KEY`. Ask the operator for a key if yours ended.',
  ),
  forbidden: advice(
    'the operator',
    'The key is known, but may not do this; with `upstream`, HSS grants the named enterprise project to nobody here.',
    'Ask the operator for the right, or leave the parameter away that needs it.',
  ),
  'not-found': advice(
    'the owner of the image',
    'Neither the catalog nor HSS knows this image or host; or the route does not exist.',
    'Check the reference, and that HSS synchronises its registry. A new image appears after about a minute.',
  ),
  'method-not-allowed': advice(
    'you',
    'The route exists, but not with this method.',
    'Use one of the methods in `Allow`.',
  ),
  'not-acceptable': advice(
    'you',
    '`Accept` names no format that this route has.',
    'Accept `application/json`, or `application/x-ndjson` and `text/csv` for the export.',
  ),
  'ambiguous-reference': advice(
    'you',
    'Several images match the reference: one name in several registries, or a registry host that is none of ours.',
    'Choose one of `candidates`, and name it by its digest.',
  ),
  'image-not-scanned': advice(
    'whoever runs HSS',
    'The request is strict, and no copy of the image has a completed scan.',
    'Wait for the scan. If it never comes: start it, and look at the quota of HSS.',
  ),
  'cursor-expired': advice(
    'you',
    'The state of the catalog that the cursor or mark belongs to is no longer kept (15 minutes for cursors).',
    'Start again without a cursor. For changes: export, then continue from `X-Catalog-Mark`.',
  ),
  'payload-too-large': advice(
    'you',
    'The body is larger than 256 KiB.',
    'Send fewer references at once: 100 at most.',
  ),
  'uri-too-long': advice('you', 'The URL is longer than 8,192 characters.', 'Use fewer or shorter filters.'),
  'unsupported-media-type': advice(
    'you',
    'The body is not JSON in UTF-8.',
    'Send `Content-Type: application/json`.',
  ),
  'rate-limited': advice(
    'nobody: wait',
    'Your quota is used up; or a purge of everything came twice within a minute.',
    'Ask again after `Retry-After`. If it happens often, ask the operator for a larger quota.',
  ),
  'headers-too-large': advice(
    'you',
    'The headers are larger than 16 KiB.',
    'Send fewer or shorter headers and cookies.',
  ),
  internal: advice(
    'the operator',
    'A fault of this service.',
    'Give the operator the `requestId`. One further try may succeed.',
  ),
  'upstream-unauthorized': advice(
    'the operator',
    'HSS or IAM refuses the credential of this service, or its rights. A refused credential rests for some minutes.',
    'Tell the operator. Cached answers go on being served.',
  ),
  'upstream-unsupported': advice(
    'the operator',
    'HSS has not published this call in the region.',
    'Do without this part: name the others in `include`.',
  ),
  'upstream-invalid-response': advice(
    'the operator',
    'HSS answered with something that is not the documented form.',
    'Try once more. If it stays, give the operator `requestId`, and Huawei `upstream.requestId`.',
  ),
  'upstream-throttled': advice(
    'nobody: wait',
    'HSS allows few calls a minute, and none is free before your deadline.',
    'Ask again after `Retry-After`. Ask the catalog (/v1/images) instead, which needs no call; or accept an older answer.',
  ),
  'upstream-unavailable': advice(
    'nobody: wait',
    'HSS fails or cannot be reached, and nothing is cached that may stand in.',
    'Ask again after `Retry-After`. If it lasts, tell the operator.',
  ),
  'catalog-not-ready': advice(
    'nobody: wait',
    'The catalog is being loaded, or has not been read to its end yet.',
    'Ask again after `Retry-After`; /v1/catalog/status tells the progress.',
  ),
  overloaded: advice(
    'nobody: wait',
    'Too many requests of this kind are under way.',
    'Ask again after `Retry-After`, and fewer at a time.',
  ),
  'deadline-exceeded': advice(
    'nobody: wait',
    'The answer did not come within the deadline: the setting of the service, or your `Prefer: wait`.',
    'Ask again: the work goes on meanwhile, and its result is in the cache.',
  ),
  'not-cached': advice(
    'you',
    'The request says `only-if-cached`, and the cache has no answer that is young enough.',
    'Leave `only-if-cached` away, or add `max-stale`.',
  ),
};
