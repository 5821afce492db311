import { describe, expect, it } from '@jest/globals';
import { readChangeSet } from '../../../../src/catalog/log/log-forms.js';
import { piecesOf, readPiece } from '../../../../src/catalog/log/stored-history.js';
import type { ImageChange } from '../../../../src/catalog/model/image-change.js';
import { stringifyJson } from '../../../../src/json/lossless.js';
import { changeSet } from '../../../support/catalog/documents.js';

const place = {
  ...{ registryName: 'r', namespace: 'alpha', imageId: null, digest: null, name: 'app', tag: null },
  ...{ severity: null, scannedAt: null, scanStatus: null },
};
const host = { hostId: 'h', hostName: null };
const change: ImageChange = { key: 'k', was: [], is: [place], came: [host], left: [] };
const bytesOf = (value: unknown) => Buffer.from(stringifyJson(value));

describe('the stored history of changes', () => {
  it('has pieces that end after a thousand changes of places', () => {
    const changes = Array.from({ length: 400 }, () => change);
    const steps = Array.from({ length: 6 }, (_, at) => ({ version: at + 1, at, events: [], changes }));
    const pieces = [...piecesOf(steps)].map(readPiece);
    expect(pieces.map((piece) => piece?.length)).toEqual([3, 3]);
    expect(pieces.flat()).toEqual(steps);
  });

  it.each<[string, unknown]>([
    ['no list', {}],
    ['no change', [null]],
    ['no state before', [{ ...change, was: undefined }]],
    ['no namespace', [{ ...change, is: [{ ...place, namespace: null }] }]],
    ['a number as severity', [{ ...change, is: [{ ...place, severity: 3 }] }]],
    ['a host that is a text', [{ ...change, came: ['h'] }]],
    ['no hosts that it left', [{ ...change, left: null }]],
  ])('and a step of the log are not read with %s for changes', (_, changes) => {
    const step = changeSet(1, {});
    const told = (of: unknown) => readPiece(bytesOf([{ version: 1, at: 1, events: [], changes: of }]));
    const read = (of: unknown) => readChangeSet(bytesOf({ ...step, changes: of }));
    expect([told([change])?.length, read([change])?.changes]).toEqual([1, [change]]);
    expect([told(changes), read(changes)]).toEqual([undefined, undefined]);
  });
});
