import { describe, expect, it } from '@jest/globals';
import fc from '../../support/fast-check.js';
import type { Freshness } from '../../../src/endpoints/lists/freshness.js';
import { Problem, type ProblemCode } from '../../../src/http/problem.js';
import { merge, type Parts, type Strictness } from '../../../src/images/merge.js';
import type { Part } from '../../../src/images/part.js';

const fetchedAt = Date.UTC(2026, 10, 21);

function freshness(over: Partial<Freshness> = {}): Freshness {
  const freshUntil = fetchedAt + 60_000;
  return {
    status: 'fresh',
    fetchedAt,
    freshUntil,
    outcome: 'hit',
    collapsed: false,
    validity: { until: freshUntil, dependencies: [] },
    ...over,
  };
}

const fresh: Part<unknown> = { status: 'fresh', value: [1], freshness: freshness() };
const absent: Part<unknown> = { status: 'absent', freshness: freshness() };
const pending: Part<unknown> = { status: 'pending', freshness: freshness() };
const failed = (code: ProblemCode, retryAt?: number): Part<unknown> => ({
  status: 'failed',
  problem: new Problem(code, `because of ${code}`, retryAt === undefined ? {} : { retryAt }),
});
const stale = (code?: ProblemCode): Part<unknown> => ({
  status: 'stale',
  value: [2],
  freshness: freshness({ status: 'stale' }),
  ...(code ? { problem: new Problem(code, 'x') } : {}),
});

const exact: Strictness = { maxAgeMs: undefined, now: fetchedAt };

function problemOf(parts: Parts, strict = false): Problem {
  try {
    merge(parts, strict ? exact : null);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('there was an answer');
}

/** The precedence of codes in the contract. */
const order: ProblemCode[] = [
  'upstream-unauthorized',
  'upstream-unsupported',
  'upstream-invalid-response',
  'upstream-throttled',
  'upstream-unavailable',
  'deadline-exceeded',
];

describe('merging parts', () => {
  it('shows values beside their status, in the order of the parts', () => {
    const { body } = merge(
      { image: fresh, baseOs: stale('upstream-throttled'), files: pending, hosts: absent },
      null,
    );
    expect(JSON.stringify(body)).toBe(
      JSON.stringify({
        image: [1],
        baseOs: [2],
        files: null,
        hosts: null,
        parts: {
          image: { status: 'fresh', fetchedAt: '2026-11-21T00:00:00.000Z' },
          baseOs: {
            status: 'stale',
            fetchedAt: '2026-11-21T00:00:00.000Z',
            error: { code: 'upstream-throttled' },
          },
          files: { status: 'pending', fetchedAt: '2026-11-21T00:00:00.000Z' },
          hosts: { status: 'absent', fetchedAt: '2026-11-21T00:00:00.000Z' },
        },
      }),
    );
  });

  it.each([
    ['fresh', fresh],
    ['stale', stale()],
    ['pending', pending],
  ])('is an answer when one part is %s and the other parts failed', (_, part) => {
    const { body } = merge(
      { image: failed('upstream-throttled', fetchedAt), baseOs: part, files: absent },
      null,
    );
    expect(body).toMatchObject({
      parts: {
        image: {
          status: 'failed',
          error: { code: 'upstream-throttled', retryAt: '2026-11-21T00:00:00.000Z' },
        },
      },
    });
  });

  it('is not found only when every part is absent', () => {
    expect(problemOf({ image: absent, files: absent }).code).toBe('not-found');
    expect(problemOf({ image: absent, files: failed('upstream-unavailable') }).code).toBe(
      'upstream-unavailable',
    );
  });

  it('takes the first applicable error of the contract, from any part', () => {
    const codes = fc.uniqueArray(fc.constantFrom(...order), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(codes, (given) => {
        const parts = Object.fromEntries(given.map((code, index) => [`part${index}`, failed(code)]));
        const first = order.find((code) => given.includes(code));
        expect(problemOf(parts)).toMatchObject({ code: first, detail: `because of ${first}` });
      }),
    );
  });

  it('tells when the last failed part may work', () => {
    const parts = {
      image: failed('upstream-throttled', fetchedAt + 20_000),
      baseOs: failed('upstream-unavailable', fetchedAt + 50_000),
      files: failed('upstream-invalid-response'),
    };
    expect(problemOf(parts).details.retryAt).toBe(fetchedAt + 50_000);
    expect(problemOf({ files: failed('upstream-invalid-response') }).details.retryAt).toBeUndefined();
  });

  it('has the age of the oldest part and the shortest fresh life', () => {
    const old = freshness({
      fetchedAt: fetchedAt - 5_000,
      freshUntil: fetchedAt + 7_000_000,
    });
    const { age } = merge({ image: fresh, files: { ...absent, freshness: old } }, null);
    expect(age).toMatchObject({
      fetchedAt: fetchedAt - 5_000,
      freshUntil: fetchedAt + 60_000,
    });
  });

  it('has no fresh life when a part failed', () => {
    const { age } = merge({ image: fresh, files: failed('upstream-throttled') }, null);
    expect(age).toMatchObject({ freshUntil: fetchedAt, validity: { until: -Infinity } });
  });

  it('is not stored while a part stands in for an answer of HSS', () => {
    // What the catalog knows stays the same, but HSS can answer at any moment.
    const lasting = { until: Infinity, dependencies: [] };
    const standIn = {
      ...stale('upstream-throttled'),
      freshness: freshness({ validity: lasting }),
    } as Part<unknown>;
    expect(merge({ image: fresh, files: standIn }, null).age?.validity.until).toBe(-Infinity);
  });

  it('is stored until the first part changes its status', () => {
    const later = freshness({ validity: { until: fetchedAt + 90_000, dependencies: [] } });
    const { age } = merge({ image: fresh, files: { ...pending, freshness: later } }, null);
    expect(age?.validity.until).toBe(fetchedAt + 60_000);
  });

  it('has no age when no part came from HSS', () => {
    expect(merge({ image: { status: 'fresh', value: {}, freshness: null } }, null).age).toBeNull();
  });

  describe('strictly', () => {
    it('accepts fresh and absent parts', () => {
      expect(merge({ image: fresh, files: absent }, exact).body).toMatchObject({ image: [1], files: null });
    });

    it.each([
      [60_000, true],
      [59_999, false],
    ])('accepts 60 s of age in a strict answer with max-age %d: %s', (maxAgeMs, isAccepted) => {
      const strict = { maxAgeMs, now: fetchedAt + 60_000 };
      const run = () => merge({ image: stale() }, strict);
      if (isAccepted) expect(run().body).toMatchObject({ parts: { image: { status: 'fresh' } } });
      else expect(run).toThrow(Problem);
    });

    it.each([
      ['image-not-scanned', { image: fresh, files: pending }],
      ['image-not-scanned', { image: failed('upstream-throttled'), files: pending }],
      ['upstream-throttled', { image: fresh, files: failed('upstream-throttled') }],
      ['upstream-throttled', { image: failed('upstream-unavailable'), files: stale('upstream-throttled') }],
      ['upstream-unavailable', { image: fresh, files: stale() }],
      ['not-found', { image: absent, files: absent }],
    ] as const)('has the code %s for other parts', (code, parts) => {
      expect(problemOf(parts, true).code).toBe(code);
    });
  });
});
