import { describe, expect, it } from '@jest/globals';
import * as tables from '../../../src/face/face-tables.js';
import { GatewayError } from '../../../src/face/gateway-error.js';
import { readParameters } from '../../../src/face/hss-parameters.js';
import { localTimes, registryTimes } from '../../../src/face/hss-times.js';
import { queryPairs } from '../../../src/face/signature.js';

const read = (table: keyof typeof tables, query: string) => readParameters(queryPairs(query), tables[table]);

describe('the parameters of the face', () => {
  it.each([
    ['nothing', 'registryImages', '', { query: {}, offset: 0, limit: 10 }],
    ['an empty value', 'registryImages', 'image_name=&limit=', { query: {}, offset: 0, limit: 10 }],
    ['an unknown name', 'localImages', 'colour=red&region=x', { query: {}, offset: 0, limit: 10 }],
    ['a name of Object', 'localImages', 'constructor=x&toString=y', { query: {}, offset: 0, limit: 10 }],
    ['a page', 'imageFiles', 'limit=200&offset=400', { query: {}, offset: 400, limit: 200 }],
    ['a flag', 'localImages', 'has_vul=false', { query: { has_vul: 'false' }, offset: 0, limit: 10 }],
  ] as const)('reads %s as HSS does', (_, table, query, expected) => {
    expect(read(table, query)).toEqual(expected);
  });

  it.each([
    ['a limit under that of HSS', 'imageFiles', 'limit=9'],
    ['a limit above that of HSS', 'registryImages', 'limit=201'],
    ['an offset too far', 'registryImages', 'offset=2000001'],
    ['a limit that is no number', 'localImages', 'limit=1e2'],
    ['a long name', 'registryImages', `image_name=${'x'.repeat(129)}`],
    ['an unknown word', 'registryImages', 'scan_status=done'],
    ['a boolean in capitals', 'localImages', 'has_vul=True'],
    ['a size above int64', 'localImages', 'image_size=9223372036854775808'],
    ['a size above that of the registry list', 'registryImages', 'image_size=2147483548'],
    ['a project that is a pattern', 'registryImages', 'enterprise_project_id=*'],
    ['a name given twice', 'registryImages', 'image_name=a&image_name=b'],
  ] as const)('refuses %s before a call is spent', (_, table, query) => {
    expect(() => read(table, query)).toThrow(GatewayError);
  });

  it.each([
    [
      'a start alone',
      { start_latest_scan_time: '5' },
      { start_latest_scan_time: '5' },
      ['end_latest_scan_time'],
    ],
    ['an end alone', { end_latest_sync_time: '7' }, { start_latest_sync_time: '0' }, []],
    [
      'a pair',
      { start_latest_scan_time: '5', end_latest_scan_time: '5' },
      { start_latest_scan_time: '5' },
      [],
    ],
  ])('completes %s of the registry list', (_, query, times, openEnds) => {
    expect(registryTimes(query, 1_000)).toEqual({ times, openEnds });
  });

  it('refuses a start after the end, and after now, in the registry list', () => {
    const pair = { start_latest_scan_time: '8', end_latest_scan_time: '7' };
    expect(() => registryTimes(pair, 1_000)).toThrow(GatewayError);
    expect(() => registryTimes({ start_latest_scan_time: '1001' }, 1_000)).toThrow(GatewayError);
  });

  it.each([
    ['a start alone', { start_latest_scan_time: '5' }, true],
    ['an end alone', { end_latest_scan_time: '5' }, true],
    ['equal times', { start_latest_scan_time: '5', end_latest_scan_time: '5' }, true],
    ['a start before the end', { start_latest_scan_time: '5', end_latest_scan_time: '6' }, false],
  ])('ignores an incomplete pair of the local list: %s', (_, query, isIgnored) => {
    const times: Record<string, unknown> = { ...query, ...localTimes(query) };
    const left = ['start_latest_scan_time', 'end_latest_scan_time'].filter(
      (name) => times[name] !== undefined,
    );
    expect(left).toHaveLength(isIgnored ? 0 : 2);
  });
});
