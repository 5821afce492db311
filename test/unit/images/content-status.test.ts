import { describe, expect, it } from '@jest/globals';
import { Problem } from '../../../src/http/problem.js';
import { isEmptyList, withScanStatus } from '../../../src/images/content-status.js';
import type { ImageView } from '../../../src/images/image-lookup.js';
import type { Part } from '../../../src/images/part.js';
import { fresh, imageView, scanOf } from '../../support/images/parts.js';

const image = (status: string | null): Part<ImageView> => fresh(imageView({ scan: scanOf(status) }));
const failed: Part<never> = { status: 'failed', problem: new Problem('upstream-unavailable', 'HSS is down') };
const absent: Part<never> = { status: 'absent', freshness: null };

/** [the content, the image part, the status of the content in the answer]. */
const cases: [string, unknown[], string, Part<ImageView> | undefined, string][] = [
  ['rows', [1], 'a completed scan', image('completed'), 'fresh'],
  ['no rows', [], 'a completed scan', image('completed'), 'fresh'],
  ['rows', [1], 'a scan under way', image('scanning'), 'pending'],
  ['no rows', [], 'a waiting scan', image('waiting'), 'pending'],
  ['rows', [1], 'a failed scan', image('failed'), 'fresh'],
  ['no rows', [], 'a failed scan', image('failed'), 'pending'],
  ['no rows', [], 'an unknown status of the scan', image(null), 'fresh'],
  ['rows', [1], 'a failed image part', failed, 'fresh'],
  ['no rows', [], 'a failed image part', failed, 'failed'],
  ['no rows', [], 'an absent image part', absent, 'fresh'],
  ['no rows', [], 'no image part', undefined, 'fresh'],
];

describe('the status of content', () => {
  it.each(cases)('of %s (%j) with %s', (_rows, rows, _scan, part, expected) => {
    expect(withScanStatus(fresh(rows), part, isEmptyList).status).toBe(expected);
  });
});
