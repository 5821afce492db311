import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { queryHash, readCursor, writeCursor } from '../../../../src/catalog/lookup/cursor.js';
import { CursorKey } from '../../../../src/catalog/model/cursor-key.js';
import { Problem } from '../../../../src/http/problem.js';

const key = new CursorKey();
const cursor = {
  epoch: 'e1',
  version: 7,
  offset: 50,
  after: 12,
  query: queryHash('/v1/images', { severity: 'high' }),
};
const written = writeCursor(key, cursor);
const read = (text: string, { query = cursor.query, epoch = 'e1', by = key } = {}) =>
  readCursor(by, text, query, epoch);

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
    expect(read(written)).toEqual(cursor);
    expect(read(writeCursor(key, { ...cursor, after: null })).after).toBeNull();
  });

  it('is the same on every instance that has the same key', () => {
    const other = new CursorKey();
    expect(other.adopt(key.text)).toBe(true);
    expect(writeCursor(other, { ...cursor })).toBe(written);
    expect(read(written, { by: other })).toEqual(cursor);
  });

  it('expires in another catalog, and with another key', () => {
    expect(refusal(() => read(written, { epoch: 'e2' }))[0]).toBe('cursor-expired');
    expect(refusal(() => read(written, { by: new CursorKey() }))[0]).toBe('cursor-expired');
  });

  it('belongs to its query', () => {
    const query = queryHash('/v1/images', { severity: 'low' });
    expect(refusal(() => read(written, { query }))).toEqual(['invalid-request', 'cursor']);
  });

  it('is refused after any change behind the id of the key', () => {
    for (let place = 8; place < written.length; place += 1) {
      for (const letter of ['A', 'B', '_', '.', '']) {
        if (letter === written[place]) continue;
        const changed = written.slice(0, place) + letter + written.slice(place + 1);
        expect([changed, refusal(() => read(changed))]).toEqual([changed, ['invalid-request', 'cursor']]);
      }
    }
  });

  it.each(['', 'x', '%%%', written.slice(0, 28), written.slice(0, -1), `${written}A`, `${written} `])(
    'is refused when it is another text: %j',
    (text) => {
      expect(refusal(() => read(text))).toEqual(['invalid-request', 'cursor']);
    },
  );

  it('is refused when an unkeyed writer made it', () => {
    const content = Buffer.from(JSON.stringify(['e1', 7, 50, 12, cursor.query, 540_000, true]));
    const forged = `${key.id}${'A'.repeat(20)}${content.toString('base64url')}`;
    expect(refusal(() => read(forged))).toEqual(['invalid-request', 'cursor']);
  });

  it('causes no unforeseen error for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(['invalid-request', 'cursor-expired']).toContain(refusal(() => read(text))[0]);
      }),
    );
  });
});

describe('the key of cursors', () => {
  it('is random, and adopts only a whole key', () => {
    const other = new CursorKey();
    expect(other.text).not.toBe(key.text);
    for (const text of ['', 'damaged', key.text.slice(1), `${key.text}0`])
      expect(other.adopt(text)).toBe(false);
    expect(other.id).not.toBe(key.id);
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
