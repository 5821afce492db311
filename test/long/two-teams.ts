/**
 * Two consumers with disjoint namespaces, and what is drawn for them: changes of their rows and of hosts, and requests over
 * all routes. Used by the check that neither sees anything of the other.
 */
import type { Change, Entry } from '../support/catalog/world.js';

export const seer = 'team-a' as const;
export const other = 'team-b' as const;
const scopes = ['read', 'hosts', 'export'];
export const consumers = {
  [seer]: { scopes, namespaces: ['alpha', 'shared-*', 'harbor-1:common'] },
  [other]: { scopes, namespaces: ['beta', 'harbor-2:common'] },
};

export const digest = (at: number) => `sha256:${at.toString(16).padStart(4, '0').repeat(16)}`;
/** Digests of the first, of both, of the other, of nobody. */
export const digests = { own: [1, 2, 3, 4], both: [5, 6, 7], others: [8, 9], none: [10, 11] };
const names = ['app', 'web', 'team/base'];
/**
 * HSS is asked by type, namespace, name and tag, without the registry. One call reads the rows and the content of all
 * registries, so the ages of equal names are shared. In the namespace that both have, the other has names of its own.
 */
const namesOfOther = names.map((name) => `${name}-2`);
const namesOf = (team: keyof typeof places, namespace: string) =>
  team === other && namespace === 'common' ? namesOfOther : names;
const tags = ['1', '2'];
export const places = {
  [seer]: [
    ['alpha', 'swr', 'private_image'],
    ['shared-x', 'swr', 'shared_image'],
    ['common', 'harbor-1', 'harbor'],
  ],
  [other]: [
    ['beta', 'swr', 'private_image'],
    ['common', 'harbor-2', 'harbor'],
  ],
} as const;
const yearMs = 365 * 86_400_000;
export interface Draw {
  number(below: number): number;
  one<T>(of: readonly T[]): T;
}

export function drawing(seed: number): Draw {
  let state = seed >>> 0 || 1;
  const number = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return { number, one: (of) => of[number(of.length)]! };
}

/** A change of one team's rows: a new tag, a tag that moves, a rescan, a removal. */
export function changeOf(draw: Draw, team: keyof typeof places, now: number): Change {
  const slot = draw.number(team === seer ? 12 : 10);
  const id = (team === seer ? 555_000_00n : 777_000_00n) + BigInt(slot);
  if (draw.number(6) === 0) return { remove: [id] };
  const [namespace, registry, type] = places[team][slot % places[team].length]!;
  const of = draw.one([...(team === seer ? digests.own : digests.others), ...digests.both, ...digests.both]);
  const isScanned = draw.number(4) > 0;
  const row: Entry = {
    id,
    namespace,
    registry_name: registry,
    image_type: type,
    image_name: namesOf(team, namespace)[slot % names.length]!,
    image_version: tags[slot % tags.length]!,
    image_digest: digest(of),
    image_id: digest(of).slice(7),
    image_size: 1_000 + draw.number(3),
    scan_status: isScanned ? 'success' : draw.one(['unscan', 'scanning', 'failed']),
    // Content belongs to the digest: a newer scan in any namespace makes it old, so the other's scans are older.
    latest_scan_time: isScanned ? now - draw.number(1_000_000) - (team === seer ? 0 : yearMs) : 0,
    ...(isScanned && {
      severity_level: draw.one(['Security', 'Low', 'Medium', 'High']),
      vul_num: draw.number(900),
    }),
  };
  return { put: [row], ...(team === seer && of % 2 === 1 ? { contents: [digest(of)] } : {}) };
}

export function hostsOf(draw: Draw): Change {
  const of = draw.one([...digests.own, ...digests.both, ...digests.others, ...digests.none]);
  return { hosts: [{ digest: digest(of), host: `host-${draw.number(4)}`, containers: draw.number(3) }] };
}

export interface Asked {
  path: string;
  init: RequestInit & { headers: Record<string, string>; body?: string };
  /** Continues the last page of the same list. */
  goesOn: boolean;
}

/** A request over all routes, for images of anybody and of nobody. */
export function requestOf(draw: Draw): Asked {
  const of = digest(draw.one([...Object.values(digests).flat()]));
  const id = draw.one([of, of.slice(7), of.toUpperCase().replace('SHA256', 'sha256'), 'nothing']);
  const [namespace, registry, type] = draw.one([...places[seer], ...places[other]]);
  const [name, tag] = [draw.one([...names, ...names, ...namesOfOther]), draw.one(tags)];
  const coordinates = `type=${type}&namespace=${namespace}&name=${encodeURIComponent(name)}&tag=${tag}`;
  const include = draw.one(['image', 'image,baseOs', 'image,baseOs,files,hosts', 'hosts', 'files']);
  const ref = draw.one([
    of,
    `${namespace}/${name}:${tag}`,
    `${namespace}/${name}`,
    `${registry}/${namespace}/${name}:${tag}`,
    `${registry}/alpha/${name}:${tag}`,
    `${namespace}/${name}@${of}`,
    `unknown.example/${namespace}/${name}`,
    name,
    'not a reference',
  ]);
  const filter = draw.one([
    '',
    `namespace=${namespace}`,
    'severity=high,medium',
    'severity=!high',
    `registryName=${registry}`,
    `imageId=${of}`,
    'vulnerabilitiesMin=500',
    `hostId=host-${draw.number(4)}`,
    'running=true',
    'q=a',
    'q=bet',
    'baseOsName=debian',
    'fileName=lib',
    'inRegistry=false',
    `scanStatus=${draw.one(['completed', 'failed', 'not-scanned'])}`,
    'type=harbor',
    'hostsMin=1',
  ]);
  const list = `${filter}&limit=${draw.one([1, 2, 50])}`;
  const sort = draw.one([
    '',
    '&sort=-severity',
    '&sort=-vulnerabilities,name',
    '&sort=-appearedAt',
    '&sort=sizeBytes',
  ]);
  const facets = draw.one(['', '', '&facets=namespace,registryName,type,severity,running,baseOs']);
  const path = draw.one([
    () => `/v1/images/${id}?include=${include}`,
    () => `/v1/images/${id}?${coordinates}`,
    () => `/v1/images/${id}/files?limit=5`,
    () => `/v1/images/${id}/files?${coordinates}`,
    () => `/v1/images/${id}/base-os`,
    () => `/v1/images/lookup?ref=${encodeURIComponent(ref)}&include=${include}`,
    () => `/v1/images?${list}${sort}${facets}`,
    () => `/v1/images?${list}${sort}${facets}`,
    () => `/v1/hosts?${list}`,
    () => `/v1/hosts/host-${draw.number(6)}/images?${list.replace(/^hostId=[^&]*/, '')}`,
    () => `/v1/catalog/summary?${filter}`,
    () => '/v1/catalog/status',
    () => `/v1/catalog/changes?limit=${draw.one([1, 3, 1000])}`,
    () =>
      `/v1/catalog/export?${filter}&format=${draw.one(['ndjson', 'csv'])}&of=${draw.one(['images', 'hosts'])}`,
    () => `/v1/registry-images?namespace=${namespace}&limit=3`,
    () =>
      `/v1/registry-images?namespace=${namespace}&registryName=${registry}&name=${encodeURIComponent(name)}`,
    () => '/v1/registry-images?limit=3',
    () => '/v1/local-images',
    () => '/v1/me',
    () => '/v1/admin/cache',
    () => `/v1/images/${id}?enterpriseProjectId=0`,
    () => '/v1/images/batch-get',
  ])();
  const isBatch = path.endsWith('batch-get');
  const headers: Record<string, string> = draw.one([
    {},
    {},
    {},
    { Prefer: 'handling=strict' },
    { 'Cache-Control': 'max-age=30' },
    { 'Cache-Control': 'only-if-cached' },
  ]);
  const body = JSON.stringify({ refs: [ref, of, `${namespace}/${name}`], include: include.split(',') });
  return {
    path,
    goesOn: draw.number(3) === 0,
    init: isBatch
      ? { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body }
      : { method: draw.number(12) === 0 ? 'HEAD' : 'GET', headers },
  };
}
