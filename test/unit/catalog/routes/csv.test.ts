import { describe, expect, it } from '@jest/globals';
import fc from '../../../support/fast-check.js';
import { columnsOfHosts, columnsOfImages, csvHeader, csvRows } from '../../../../src/catalog/routes/csv.js';
import { derive } from '../../../../src/catalog/model/derive.js';

const blank = derive({ key: 'k', serial: 1, appearedAt: 0, entries: [], onHosts: [] }, undefined);

const columns = columnsOfImages(false);

/** Reads CSV by the rules of RFC 4180, without the library that wrote the CSV. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    if (quoted === undefined && plain === '' && end === '') break;
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

const nameOf = (name: string) => parse(csvRows([{ ...blank, name }], columns))[0]![4]!;

describe('the CSV of an export', () => {
  it('has as many cells as columns, null as an empty one', () => {
    const [header] = parse(csvHeader(columns));
    const [row] = parse(csvRows([blank], columns));
    expect(header).toHaveLength(27);
    expect(row).toHaveLength(27);
    expect(row!.slice(0, 3)).toEqual(['', '', '']);
    expect(row!.at(header!.indexOf('appearedAt'))).toBe('1970-01-01T00:00:00.000Z');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=a,"b"\r\nc'])('does not let %j run', (name) => {
    expect(nameOf(name)).toBe(`'${name}`);
  });

  it.each(['plain', 'a,b', 'say "x"', 'two\nlines', "'quoted", 'a=b', '构建', ''])(
    'keeps %j as it is',
    (name) => {
      expect(nameOf(name)).toBe(name);
    },
  );

  it('names the files that match when the question asks for files', () => {
    const files = [
      { name: 'a.so', path: '=lib/', sizeBytes: 1 },
      { name: 'b.so', path: null, sizeBytes: null },
    ];
    const image = { ...blank, matchedFiles: files };
    const [header] = parse(csvHeader(columnsOfImages(true)));
    const [row] = parse(csvRows([image], columnsOfImages(true)));
    expect([header!.at(-1), row!.at(-1)]).toEqual(['matchedFiles', "'=lib/a.so; b.so"]);
    const onHost = { hostId: 'h', hostName: '+web', agentId: null, containerCount: 2, image };
    const [hosted] = parse(csvRows([onHost], columnsOfHosts(true)));
    expect(hosted!.slice(0, 4)).toEqual(['h', "'+web", '', '2']);
    expect(hosted!.at(-1)).toBe("'=lib/a.so; b.so");
  });

  it('keeps every digit of an int64', () => {
    expect(csvRows([{ ...blank, sizeBytes: 9_007_199_254_740_993n }], columns)).toContain('9007199254740993');
  });

  it('keeps every name, except for the quote that prevents a formula', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^[＝＋－＠]/.test(text));
    fc.assert(
      fc.property(name, (text) => {
        expect(nameOf(text)).toBe(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
      }),
    );
  });
});
