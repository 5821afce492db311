import { describe, expect, it } from '@jest/globals';
import { Problem } from '../../../src/http/problem.js';
import { CicdImages } from '../../../src/images/cicd-images.js';
import { defaultParts, type PartName } from '../../../src/images/images.query.js';
import type { Part } from '../../../src/images/part.js';
import type { PartReader } from '../../../src/images/part-reader.js';
import { fetchedAt, freshness, requestContext } from '../../support/images/parts.js';

const image = { imageId: 'id-1', type: 'cicd' } as const;
const query = { name: 'built', tag: '7' };

const fresh: Part<unknown> = { status: 'fresh', value: [], freshness: freshness() };
const stale: Part<unknown> = { status: 'stale', value: [], freshness: freshness({ status: 'stale' }) };
const absent: Part<unknown> = { status: 'absent', freshness: freshness({ fetchedAt: fetchedAt - 1 }) };
const failed: Part<unknown> = {
  status: 'failed',
  problem: new Problem('upstream-unavailable', 'HSS is down'),
};

describe('the parts of a CI/CD image', () => {
  /** The parts, and the parts that HSS was asked for, in order. */
  async function read(include: string, baseOs: Part<unknown>, files: Part<unknown>) {
    const asked: string[] = [];
    const answer = (name: string, part: Part<unknown>) => () => {
      asked.push(name);
      return Promise.resolve(part);
    };
    const reader = { baseOs: answer('baseOs', baseOs), files: answer('files', files) };
    const parts = await new CicdImages(reader as unknown as PartReader).parts(
      image,
      new Set(include.split(',') as PartName[]),
      { imageId: image.imageId, image, query, context: requestContext() },
    );
    return { parts, asked };
  }

  it.each<[string, Part<unknown>, Part<unknown>, Part<unknown>['status'], string[]]>([
    [defaultParts, fresh, fresh, 'fresh', ['baseOs', 'files']],
    [defaultParts, absent, fresh, 'fresh', ['baseOs', 'files']],
    [defaultParts, failed, fresh, 'fresh', ['baseOs', 'files']],
    [defaultParts, absent, absent, 'absent', ['baseOs', 'files']],
    [defaultParts, failed, absent, 'failed', ['baseOs', 'files']],
    ['image', fresh, failed, 'fresh', ['baseOs']],
    ['image', stale, fresh, 'stale', ['baseOs']],
    ['image', absent, fresh, 'fresh', ['baseOs', 'files']],
    ['image', failed, fresh, 'fresh', ['baseOs', 'files']],
    ['image', absent, absent, 'absent', ['baseOs', 'files']],
    ['image,files', fresh, absent, 'fresh', ['files', 'baseOs']],
    ['image,files', failed, fresh, 'fresh', ['files']],
    ['image,hosts', absent, failed, 'failed', ['baseOs', 'files']],
  ])('%s, base OS %j and files %j: the image is %s', async (include, baseOs, files, status, calls) => {
    const { parts, asked } = await read(include, baseOs, files);
    expect([parts['image']?.status, asked]).toEqual([status, calls]);
    expect(Object.keys(parts).sort()).toEqual(include.split(',').sort());
  });

  it('repeat the words of the consumer, as old as the content', async () => {
    const { parts } = await read('image', fresh, fresh);
    expect(parts['image']).toMatchObject({
      value: { ...image, ...query, digest: null, namespace: null, scan: null, severity: null, entries: [] },
      freshness: { fetchedAt },
    });
  });

  it('ask nothing for hosts, which HSS does not list by id', async () => {
    expect(await read('hosts', fresh, fresh)).toEqual({
      parts: { hosts: { status: 'absent', freshness: null } },
      asked: [],
    });
  });
});
