// Numbers and times at the ends of what a number can be: a 400 or the right answer, never an error of ours.
import { describe, expect, it } from '@jest/globals';
import { bodyOf, useFilledCatalog } from '../support/catalog/filled-service.js';
import { errorLines } from '../support/service.js';

const int64Max = '9223372036854775807';
const odd = [
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '8640000000000001',
  '9223372036854775806',
  int64Max,
  '9223372036854775808',
  '18446744073709551616',
  '99999999999999999999999999',
  '2147483647',
  '2147483648',
  '4294967296',
  '-1',
  '-0',
  '+1',
  '00',
  '1.5',
  '1e3',
  '1e400',
  'NaN',
  'Infinity',
  '0x10',
  '٣',
];
const times = ['updatedAfter', 'updatedBefore', 'scannedAfter', 'scannedBefore'];
const counts = ['vulnerabilitiesMin', 'unsafeSettingsMin', 'maliciousFilesMin', 'hostsMin'];
const filters = [...times, ...counts];
const routes: [route: string, parameters: string[]][] = [
  ['/v1/images', [...filters, 'limit', 'cursor']],
  ['/v1/hosts', [...filters, 'limit', 'cursor']],
  ['/v1/catalog/export', filters],
  ['/v1/catalog/summary', filters],
  ['/v1/catalog/changes', ['since', 'limit']],
  ['/v1/registry-images', [...times, 'syncedAfter', 'syncedBefore', 'sizeBytes', 'limit', 'offset', 'walk']],
  ['/v1/local-images', [...times, 'sizeBytes', 'limit', 'offset', 'walk']],
];

describe('odd numbers', () => {
  const story = useFilledCatalog({ registryImages: 60, localImages: 20 });

  it.each(routes)('in the parameters of %s are refused or understood', async (route, parameters) => {
    const wrong: string[] = [];
    for (const parameter of parameters)
      for (const value of odd) {
        const query = new URLSearchParams({ [parameter]: value }).toString();
        const { status, body } = await story.get(`${route}?${query}`);
        if (status !== 200 && status !== 400 && body?.code !== 'cursor-expired')
          wrong.push(`${query}: ${status}`);
      }
    expect(wrong).toEqual([]);
    expect(errorLines(story.service)).toHaveLength(0);
  });

  it.each(['/v1/images', '/v1/hosts', '/v1/catalog/summary'])(
    'in times mean what they say: %s',
    async (route) => {
      const total = async (query: string) => {
        const body = await bodyOf(story.get(`${route}?${query}`));
        return body.total;
      };
      const all = await total('updatedAfter=0');
      expect(all).toBeGreaterThan(0);
      expect(await total(`updatedBefore=${int64Max}`)).toBe(all);
      expect(await total(`updatedAfter=9223372036854775806&updatedBefore=${int64Max}`)).toBe(0);
      expect(await total('updatedBefore=9999-12-31T23:59:59Z')).toBe(all);
    },
  );
});
