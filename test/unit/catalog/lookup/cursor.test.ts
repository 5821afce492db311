import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from '../../../support/fast-check.js';
import { queryHash, readCursor, writeCursor } from '../../../../src/catalog/lookup/cursor.js';
import { openText, sealText } from '../../../../src/catalog/lookup/sealed-text.js';
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

/** A text as builds before the encryption wrote it, with the same key. */
function unencrypted(use: string, content: unknown): string {
  const id = key.text.slice(0, 8);
  const coded = Buffer.from(JSON.stringify(content)).toString('base64url');
  const mac = createHmac('sha256', key.secret).update(`${use} ${id} ${coded}`).digest('base64url');
  return id + mac.slice(0, 20) + coded;
}

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

  it('expires when a release without encryption wrote it', () => {
    const former = unencrypted('cursor', ['e1', 7, 50, 12, cursor.query]);
    expect(refusal(() => read(former))[0]).toBe('cursor-expired');
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

describe('a mark', () => {
  it('is read as it was written, and is of an unknown key without encryption', () => {
    expect(openText(key, 'mark', sealText(key, 'mark', '[1]'))).toEqual({ content: '[1]' });
    expect(openText(key, 'mark', unencrypted('mark', [1]))).toBe('unknown-key');
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
