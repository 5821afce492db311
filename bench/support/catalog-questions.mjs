// Typical questions about all images, in sixty variants each, so that no answer was kept from an earlier question.
import { hostOf } from './catalog-data.mjs';

const byRisk = [
  { key: 'severity', descending: true },
  { key: 'vulnerabilities', descending: true },
];
const page = (index, filter, sort = byRisk, more = {}) =>
  index.images({ filter, sort, match: 'known', limit: 50, after: null, version: index.version, ...more });
const mostMatchesFirst = [{ key: 'matches', descending: true }];
const hosts = (index, filter) =>
  index.hosts({ filter, sort: mostMatchesFirst, limit: 50, offset: 0, version: index.version });
/** The pages from the hundredth on, one after the other. After the last page, the hundredth comes again. */
const paging = { begin: undefined, after: null };
const nextOfTheLargest = async (index) => {
  const pageAfter = (after) => page(index, {}, [{ key: 'sizeBytes', descending: true }], { after });
  for (let pages = 1; paging.begin === undefined; pages += 1) {
    const { last } = await pageAfter(paging.after);
    if (pages === 99 || last === null) paging.begin = paging.after;
    paging.after = last;
  }
  const found = await pageAfter(paging.after ?? paging.begin);
  paging.after = found.last;
  return found;
};
const newest = [{ key: 'scannedAt', descending: true }];
const facetsOfAll = [
  'severity',
  'scanStatus',
  'type',
  'registryName',
  'namespace',
  'baseOs',
  'notScannableReason',
  'inRegistry',
  'onHosts',
  'running',
  'multiArch',
];

/**
 * The questions behind the summary, the facets and the hosts of a consumer with namespaces.
 * @param asker tells the namespaces.
 */
export const questionsOfBounded = (asker) => ({
  summary: async (index, turn) => {
    const filter = { vulnerabilities: -turn };
    const sort = [...byRisk, { key: 'hosts', descending: true }];
    const riskiest = { filter, sort, match: 'known', limit: 10, after: null, version: index.version };
    const facets = ['severity', 'scanStatus', 'baseOs', 'registryName', 'namespace', 'onHosts'];
    const [, found] = await Promise.all([
      index.facets(filter, facets, index.version, asker),
      index.images(riskiest, asker),
    ]);
    return found;
  },
  'all facets': (index, turn) => index.facets({ vulnerabilities: -turn }, facetsOfAll, index.version, asker),
  hosts: (index, turn) =>
    index.hosts(
      {
        filter: { vulnerabilities: -turn },
        sort: mostMatchesFirst,
        limit: 50,
        offset: 0,
        version: index.version,
      },
      asker,
    ),
});

/** `turn` differs at every call. */
export const questions = {
  'riskiest images': (index, turn) => page(index, { vulnerabilities: turn % 3 }),
  'high severity': (index, turn) => page(index, { severity: ['high'], vulnerabilities: turn % 60 }),
  'failed scans, newest first': (index, turn) =>
    page(index, { scanStatus: ['failed'], hostCount: turn % 3 }, newest),
  'at least N vulnerabilities': (index, turn) => page(index, { vulnerabilities: 200 + (turn % 60) }),
  'malicious files, running': (index, turn) =>
    page(index, { maliciousFiles: 1, running: true, vulnerabilities: turn % 60 }),
  'one namespace': (index, turn) => page(index, { namespace: [`team-${turn % 60}`] }),
  'one repository, all tags': (index, turn) =>
    page(index, { name: [`area-${turn % 300}/service-${turn}`] }, [{ key: 'name', descending: false }]),
  'one registry by name': (index, turn) =>
    page(index, { registryName: [`registry-${turn % 5}`], vulnerabilities: turn % 60 }, [
      { key: 'name', descending: false },
    ]),
  'in no registry that HSS names': (index, turn) =>
    page(index, { registryName: [null], vulnerabilities: turn % 60 }),
  'in none of two namespaces': (index, turn) =>
    page(index, { except: { namespace: [`team-${turn % 60}`, 'team-61'] } }),
  'on any other base OS': (index, turn) =>
    page(index, { except: { baseOsName: ['debian'] }, vulnerabilities: turn % 60 }),
  'text in any name': (index, turn) => page(index, { text: `SERVICE-49${turn % 10}` }),
  'scanned since': (index, turn) =>
    page(index, { scannedAfter: Date.UTC(2026, 0, 2) + turn * 1_000 }, newest),
  'images of a host': (index, turn) => page(index, { hostId: hostOf(turn).hostId }),
  'page 100 of the largest': nextOfTheLargest,
  'base OS, and who might have it': (index, turn) =>
    page(index, { baseOsName: ['debian'], baseOsVersion: ['9'], vulnerabilities: turn % 60 }),
  'file by part of its name': (index, turn) => page(index, { fileName: `lib29${100 + turn}` }),
  'a file that nearly every image has': (index, turn) =>
    page(index, { fileName: 'lib', vulnerabilities: turn % 60 }),
  'file by name and directory': (index, turn) =>
    page(index, { fileName: 'libcrypto.so.1.0.2k', filePath: '/usr/lib', vulnerabilities: turn % 60 }),
  'file by its path': (index, turn) =>
    page(index, { fileName: '/usr/lib/libcrypto.so.1.0.2k', vulnerabilities: turn % 60 }),
  'where a file might be': (index, turn) =>
    page(index, { fileName: `lib${turn}.so`, severity: ['high'] }, byRisk, { match: 'unknown' }),
  'hosts of high images': (index, turn) =>
    hosts(index, { severity: ['high'], vulnerabilities: 100 + (turn % 60) }),
  'hosts with a file': (index, turn) =>
    hosts(index, { fileName: 'libcrypto.so.1.0.2k', vulnerabilities: turn % 60 }),
  'hosts on a base OS': (index, turn) =>
    hosts(index, { baseOsName: ['CentOS'], baseOsVersion: ['7'], vulnerabilities: turn % 60 }),
  // Every scanned image has at least so many vulnerabilities, so all are counted anew each time.
  'all facets of all scanned images': (index, turn) =>
    index.facets({ vulnerabilities: -turn }, facetsOfAll, index.version),
};
