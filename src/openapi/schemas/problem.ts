/** Errors (RFC 9457). `Problem` is all of them; each response narrows `code` and `status`. */
import { about, flag, listOf, object, ref, text, textOrNull, time } from '../schema-parts.js';
import { imageNames } from './images.js';

export const problemSchemas = {
  FieldError: about('A faulty field of the request', object({ field: text, message: text })),
  Candidate: about(
    'An image that an ambiguous reference may mean',
    object({ ...imageNames, registryName: textOrNull }),
  ),
  Upstream: about(
    "HSS's own answer. Give its requestId to Huawei's support.",
    object({ status: { type: 'integer' }, code: textOrNull, requestId: textOrNull }),
  ),
  Problem: object(
    {
      type: about('Link to the explanation of the code', text),
      title: text,
      status: { type: 'integer' },
      detail: text,
      code: ref('ProblemCode'),
      requestId: text,
      retryable: about('Whether the same request can succeed later', flag),
      retryAt: about('The time from which the same request can succeed', time),
      errors: listOf(ref('FieldError')),
      candidates: listOf(ref('Candidate')),
      upstream: ref('Upstream'),
    },
    ['retryAt', 'errors', 'candidates', 'upstream'],
  ),
};
