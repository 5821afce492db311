/** The merged answer about one image, and the batch of many. Statuses and outcomes are tagged unions. */
import { about, flag, listOf, nothing, object, orNull, ref, text, time, word } from '../schema-parts.js';
import { integerOrNull, textOrNull, type Schema } from '../schema-parts.js';
import { partNames } from '../../images/images.query.js';
import { image } from './images.js';

const part = (status: string, more: Record<string, Schema>, optional: readonly string[] = []): Schema =>
  object({ status: word(status), ...more }, optional);
const partError = object({ code: ref('ProblemCode'), retryAt: time }, ['retryAt']);

const item = (outcome: string, value: Schema, error: Schema): Schema =>
  object({ ref: text, outcome: word(outcome), value, error });
const failures = ['failed', 'absent', 'invalid', 'ambiguous'];

export const mergedSchemas = {
  Part: {
    description:
      'What a part of the answer is worth. fresh: within its fresh life; stale: past it, `error` says why if HSS could not answer; pending: HSS has not finished its scan, the value is null; absent: HSS does not have the part; failed: HSS could not answer, the value is null.',
    oneOf: [
      part('fresh', { fetchedAt: time, error: partError }, ['fetchedAt', 'error']),
      part('stale', { fetchedAt: time, error: partError }, ['fetchedAt', 'error']),
      part('pending', { fetchedAt: time }),
      part('absent', { fetchedAt: time }, ['fetchedAt']),
      part('failed', { error: partError }),
    ],
  },
  MergedHost: object({
    hostId: textOrNull,
    name: textOrNull,
    agentId: textOrNull,
    containerCount: integerOrNull,
    matchedBy: ref('MatchedBy'),
  }),
  MergedImage: object(
    {
      image: orNull(object(image)),
      baseOs: orNull(listOf(ref('BaseImage'))),
      files: orNull(object({ items: listOf(ref('ImageFile')), total: integerOrNull, next: textOrNull })),
      hosts: orNull(
        object({
          items: listOf(ref('MergedHost')),
          complete: about('False when hosts may be missing', flag),
        }),
      ),
      parts: object(Object.fromEntries(partNames.map((name) => [name, ref('Part')])), partNames),
      catalog: ref('CatalogMark'),
    },
    [...partNames, 'catalog'],
  ),
  BatchRequest: object(
    {
      refs: about('1 to 100 references, as for /v1/images/lookup', {
        ...listOf(text),
        minItems: 1,
        maxItems: 100,
      }),
      include: about('The parts of each value; default: image, baseOs, files', {
        ...listOf({ type: 'string', enum: [...partNames] }),
        minItems: 1,
        uniqueItems: true,
      }),
    },
    ['include'],
  ),
  BatchError: object(
    {
      code: ref('ProblemCode'),
      detail: text,
      retryAt: time,
      errors: listOf(ref('FieldError')),
      candidates: listOf(ref('Candidate')),
    },
    ['retryAt', 'errors', 'candidates'],
  ),
  BatchItem: {
    description: 'The result for one reference. partial: at least one part of the value failed.',
    oneOf: [
      item('ok', ref('MergedImage'), nothing),
      item('partial', ref('MergedImage'), nothing),
      ...failures.map((outcome) => item(outcome, nothing, ref('BatchError'))),
    ],
  },
  BatchAnswer: object({ items: listOf(ref('BatchItem')), catalog: orNull(ref('CatalogMark')) }),
};
