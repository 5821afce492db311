import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { begunAt, queryHash, readCursor, writeCursor } from '../../../../src/catalog/lookup/cursor.js';
import { Problem } from '../../../../src/http/problem.js';

const minute = 60_000;
const cursor = {
  epoch: 'e1',
  version: 7,
  offset: 50,
  after: 12,
  query: queryHash('/v1/images', { severity: 'high' }),
  begunAt: 10 * minute,
  asOf: 9 * minute,
  complete: true,
};

function refusal(action: () => unknown): [string, string | undefined] {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return [error.code, error.details.errors?.[0]?.field];
    throw error;
  }
  throw new Error('The cursor was not refused');
}

describe('a cursor', () => {
  it('is read as it was written', () => {
    expect(readCursor(writeCursor(cursor), cursor.query, 'e1', 11 * minute)).toEqual(cursor);
  });

  it('expires after 15 minutes, and in another catalog', () => {
    const text = writeCursor(cursor);
    expect(readCursor(text, cursor.query, 'e1', 25 * minute - 1).offset).toBe(50);
    expect(refusal(() => readCursor(text, cursor.query, 'e1', 25 * minute))[0]).toBe('cursor-expired');
    expect(refusal(() => readCursor(text, cursor.query, 'e2', 11 * minute))[0]).toBe('cursor-expired');
  });

  it('is refused when it begins more than a minute in the future', () => {
    const begunIn = (ms: number) => writeCursor({ ...cursor, begunAt: 11 * minute + ms });
    expect(readCursor(begunIn(minute), cursor.query, 'e1', 11 * minute).offset).toBe(50);
    expect(refusal(() => readCursor(begunIn(minute + 1), cursor.query, 'e1', 11 * minute))).toEqual([
      'invalid-request',
      'cursor',
    ]);
  });

  it('belongs to its query', () => {
    const other = queryHash('/v1/images', { severity: 'low' });
    expect(refusal(() => readCursor(writeCursor(cursor), other, 'e1', 11 * minute))).toEqual([
      'invalid-request',
      'cursor',
    ]);
  });

  it('is refused when the text is no cursor', () => {
    const forged = [
      { ...cursor, version: -1 },
      { ...cursor, offset: 1e12 },
      { ...cursor, after: -1 },
      { ...cursor, begunAt: 0.5 },
      { ...cursor, epoch: 1 as never },
    ].map(writeCursor);
    for (const text of [...forged, '', 'x', Buffer.from('[1,2]').toString('base64url'), '%%%'])
      expect(refusal(() => readCursor(text, cursor.query, 'e1', 11 * minute))).toEqual([
        'invalid-request',
        'cursor',
      ]);
  });

  it('causes no unforeseen error for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(refusal(() => readCursor(text, cursor.query, 'e1', 0))[0]).toBe('invalid-request');
      }),
    );
  });
});

describe('the hash of a query', () => {
  it('ignores the order of parameters, and differs by route, name and value', () => {
    const hash = queryHash('/a', { x: '1', y: '2' });
    expect(queryHash('/a', { y: '2', x: '1', z: undefined })).toBe(hash);
    const others = [
      queryHash('/b', { x: '1', y: '2' }),
      queryHash('/a', { x: '2', y: '1' }),
      queryHash('/a', {}),
    ];
    expect(new Set([hash, ...others]).size).toBe(4);
  });
});

describe('the beginning of a walk', () => {
  it('is the same within a minute, so that equal requests have equal bytes', () => {
    expect(begunAt(61_000)).toBe(begunAt(119_999));
    expect(begunAt(120_000)).toBe(120_000);
  });
});
