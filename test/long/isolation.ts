/**
 * Two consumers with disjoint namespaces. One world has the data and the requests of both; the other world has nothing of
 * the second one. The first consumer gets equal answers in both: whatever it could learn of the other would be a
 * difference. And an image of the other takes the same work as an image that is not there.
 */
import { World, type Change, type Entry } from '../support/catalog/world.js';
import type { TestAnswer } from '../support/service.js';
import { atMost, noted, type Finding } from './findings.js';

const seer = 'team-a' as const;
const other = 'team-b' as const;
const scopes = ['read', 'hosts', 'export'];
const consumers = {
  [seer]: { scopes, namespaces: ['alpha', 'shared-*', 'harbor-1:common'] },
  [other]: { scopes, namespaces: ['beta', 'harbor-2:common'] },
};

const digest = (at: number) => `sha256:${at.toString(16).padStart(4, '0').repeat(16)}`;
/** Digests of the first, of both, of the other, of nobody. */
const digests = { own: [1, 2, 3, 4], both: [5, 6, 7], others: [8, 9], none: [10, 11] };
const names = ['app', 'web', 'team/base'];
const tags = ['1', '2'];
const places = {
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
/** Texts that stand in rows of the other alone. */
const secrets = /beta|harbor-2|777000\d\d/;

const yearMs = 365 * 86_400_000;

interface Draw {
  number(below: number): number;
  one<T>(of: readonly T[]): T;
}

function drawing(seed: number): Draw {
  let state = seed >>> 0 || 1;
  const number = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return { number, one: (of) => of[number(of.length)]! };
}

/** A change of one team's rows: a new tag, a tag that moves, a rescan, a removal. */
function changeOf(draw: Draw, team: keyof typeof places, now: number): Change {
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
    image_name: names[slot % names.length]!,
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

function hostsOf(draw: Draw): Change {
  const of = draw.one([...digests.own, ...digests.both, ...digests.others, ...digests.none]);
  return { hosts: [{ digest: digest(of), host: `host-${draw.number(4)}`, containers: draw.number(3) }] };
}

interface Asked {
  path: string;
  init: RequestInit & { headers: Record<string, string>; body?: string };
  /** Continues the last page of the same list. */
  goesOn: boolean;
}

/** A request over all routes, for images of anybody and of nobody. */
function requestOf(draw: Draw): Asked {
  const of = digest(draw.one([...Object.values(digests).flat()]));
  const id = draw.one([of, of.slice(7), of.toUpperCase().replace('SHA256', 'sha256'), 'nothing']);
  const [namespace, registry, type] = draw.one([...places[seer], ...places[other]]);
  const [name, tag] = [draw.one(names), draw.one(tags)];
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

/** One consumer in one world: sends what another world's twin sends, with its own tags, cursors and marks. */
class Twin {
  readonly #etags = new Map<string, string[]>();
  readonly #next = new Map<string, string>();

  constructor(
    readonly world: World,
    private readonly consumer: string,
  ) {}

  /** @returns the answer without what is meant to be opaque. Refreshes in the background have a time of their own. */
  async send({ path, init, goesOn }: Asked): Promise<{ seen: object; text: string }> {
    const target = (goesOn && this.#next.get(path)) || path;
    const tags = this.#etags.get(path) ?? [];
    const conditional = tags.length > 0 && init.method === 'GET' ? { 'If-None-Match': tags.at(-1)! } : {};
    const answer = await this.world.ask(this.consumer, target, {
      ...init,
      headers: { ...init.headers, ...conditional },
    });
    const etag = answer.headers.get('etag');
    if (etag !== null && !tags.includes(etag)) tags.push(etag);
    this.#etags.set(path, tags);
    this.#remember(path, answer);
    const headers = [...answer.headers].filter(
      ([name]) => !/^(date|connection|keep-alive|etag|content-length|x-catalog-mark|link)$/.test(name),
    );
    return {
      seen: {
        status: answer.status,
        headers,
        tag: etag === null ? null : tags.indexOf(etag),
        body: plain(answer.text),
        link: answer.headers.has('link'),
      },
      text: `${answer.text} ${JSON.stringify(headers)}`,
    };
  }

  #remember(path: string, { body, headers }: TestAnswer): void {
    const mark = (body?.nextSince as string | undefined) ?? headers.get('x-catalog-mark');
    const next = body?.next ?? (mark && path.includes('/changes') ? `${path}&since=${mark}` : undefined);
    if (typeof next === 'string') this.#next.set(path, next);
    else if (body !== undefined) this.#next.delete(path);
  }
}

/** Cursors and marks are opaque. Whether there is one is not. */
function plain(text: string): string {
  return text
    .replace(/"(nextCursor|nextSince)":"[^"]*"/g, '"$1":"…"')
    .replace(/([?&](?:cursor|since)=)[^"&]*/g, '$1…');
}

/** @param count requests of the first consumer. @param seed the same seed gives the same requests. */
export async function neverSees(count: number, seed = 16): Promise<Finding[]> {
  const [both, alone] = [await World.start(consumers), await World.start(consumers)];
  const [twin, lone, noise] = [new Twin(both, seer), new Twin(alone, seer), new Twin(both, other)];
  const draw = drawing(seed);
  const statuses = new Map<number, number>();
  let different = 0;
  let told = 0;
  let first = '';
  try {
    const step = async (team: keyof typeof places | 'hosts') => {
      const change = team === 'hosts' ? hostsOf(draw) : changeOf(draw, team, both.now);
      await both.step(change);
      await alone.step(team === other ? {} : change);
    };
    for (let at = 0; at < 40; at += 1) await step(draw.one([seer, other, 'hosts'] as const));
    for (let at = 0; at < count; at += 1) {
      if (draw.number(8) === 0) await step(draw.one([seer, other, other, 'hosts'] as const));
      for (let of = draw.number(3); of > 0; of -= 1) await noise.send(requestOf(draw));
      const asked = requestOf(draw);
      const [one, two] = [await twin.send(asked), await lone.send(asked)];
      const status = (one.seen as { status: number }).status;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const [a, b] = [one, two].map(({ seen }) => JSON.stringify(seen));
      // What the consumer sent itself may come back.
      const isTold = secrets.test(one.text.replaceAll(/"(ref|next|detail)":"[^"]*"/g, ''));
      if (isTold && !secrets.test(asked.path) && !secrets.test(asked.init.body ?? '')) told += 1;
      if (a === b) continue;
      different += 1;
      first ||= `${at}: ${asked.path} ${JSON.stringify(asked.init)}\n${a}\n${b}\n`;
    }
  } finally {
    await both.close();
    await alone.close();
  }
  return [
    noted('requests', count),
    noted('statuses', JSON.stringify(Object.fromEntries([...statuses].sort(([a], [b]) => a - b)))),
    {
      ...atMost('answers that the other changes', different, 0),
      ...(first ? { measured: `${different}, first ${first}` } : {}),
    },
    atMost('answers with a word of the other', told, 0),
  ];
}

/** Paths that name an image or a host: of the other, and of nobody. All pairs have equal lengths. */
const pairs: ((id: string) => Asked['path'])[] = [
  (id) => `/v1/images/${id}`,
  (id) => `/v1/images/${id.slice(7)}?include=image,baseOs,files,hosts`,
  (id) => `/v1/images/${id}?type=private_image&namespace=alpha&name=app&tag=1`,
  (id) => `/v1/images/${id}/files`,
  (id) => `/v1/images/${id}/base-os?type=private_image&namespace=beta&name=app&tag=1`,
  (id) => `/v1/images/lookup?ref=${id}`,
  (id) => `/v1/images/lookup?ref=alpha/app@${id}`,
  (id) => `/v1/images?imageId=${id}&facets=severity,namespace`,
  (id) => `/v1/hosts?imageId=${id}`,
  (id) => `/v1/catalog/summary?imageId=${id}`,
  (id) => `/v1/catalog/export?imageId=${id}`,
];
const namePairs: [path: string, others: string, none: string][] = [
  ['/v1/images/lookup?ref=', 'beta/app:1', 'bela/app:1'],
  ['/v1/images/lookup?ref=', 'harbor-2/common/web:2', 'harbor-3/common/web:2'],
  // The consumer sees alpha/app:1, in another registry.
  ['/v1/images/lookup?ref=', 'harbor-2/alpha/app:1', 'harbor-3/alpha/app:1'],
  ['/v1/images?namespace=', 'beta', 'bela'],
  ['/v1/registry-images?namespace=', 'beta', 'bela'],
  ['/v1/hosts?registryName=', 'harbor-2', 'harbor-3'],
];

/** @param count pairs whose durations are compared. 0: only the work is counted. */
export async function sameWork(count: number): Promise<Finding[]> {
  const world = await World.start(consumers);
  try {
    const draw = drawing(7);
    for (let at = 0; at < 60; at += 1) {
      const of = draw.one([seer, other, 'hosts'] as const);
      await world.step(of === 'hosts' ? hostsOf(draw) : changeOf(draw, of, world.now));
    }
    for (const [slot, of] of digests.others.entries()) await world.step(othersOnly(slot, of));
    world.countQueries();
    const [others, none] = [digest(digests.others[0]!), digest(digests.none[0]! + 90)];
    const asked = [
      ...pairs.map((path) => [path(others), path(none)] as const),
      ...namePairs.map(([path, yours, nobodys]) => [path + yours, path + nobodys] as const),
    ];
    const unequal: string[] = [];
    for (const [yours, nobodys] of asked) {
      const [one, two] = [await workOf(world, yours), await workOf(world, nobodys)];
      if (one !== two) unequal.push(`${yours}: ${one}, ${nobodys}: ${two}`);
    }
    const counted = {
      ...atMost('pairs with unequal work', unequal.length, 0),
      ...(unequal[0] ? { measured: unequal.join('; ') } : {}),
    };
    return [counted, ...(count > 0 ? [await durations(world, asked, count)] : [])];
  } finally {
    await world.close();
  }
}

/** A digest that only the other has, on a host. */
function othersOnly(slot: number, of: number): Change {
  const [namespace, registry, type] = places[other][0];
  const named = {
    namespace,
    registry_name: registry,
    image_type: type,
    image_name: `only-${slot}`,
    image_version: '1',
  };
  const row = {
    ...named,
    id: 777_000_90n + BigInt(slot),
    image_digest: digest(of),
    image_id: digest(of).slice(7),
  };
  return {
    put: [row],
    hosts: [{ digest: digest(of), host: 'host-1', containers: 1 }],
    contents: [digest(of)],
  };
}

/** Queries, calls of HSS, bytes and headers of an answer. */
async function workOf(world: World, path: string): Promise<string> {
  const [queries, calls] = [world.queries, world.calls];
  const { status, headers, text } = await world.ask(seer, path);
  const names = [...headers.keys()].sort().join();
  const bytes = text.replaceAll(/"(nextCursor|nextSince)":"[^"]*"/g, '').length;
  return JSON.stringify([status, world.queries - queries, world.calls - calls, bytes, names]);
}

async function durations(
  world: World,
  asked: readonly (readonly [string, string])[],
  count: number,
): Promise<Finding> {
  const times: [number[], number[]] = [[], []];
  for (let at = 0; at < count; at += 1) {
    const pair = asked[at % asked.length]!;
    // The order changes, so that no side always comes second. A directive keeps the hot path out.
    for (const side of at % 2 === 0 ? [0, 1] : [1, 0]) {
      const path = pair[side]!;
      const startedAt = performance.now();
      await world.ask(seer, path, { headers: { 'Cache-Control': 'max-age=1000000' } });
      times[side]!.push(performance.now() - startedAt);
    }
  }
  const [yours, nobodys] = times.map(median) as [number, number];
  return atMost('difference of the medians (%)', (Math.abs(yours - nobodys) / nobodys) * 100, 5);
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

/** Both parts, for `npm run check:long isolation`. */
export async function isolation(count: number): Promise<Finding[]> {
  return [...(await neverSees(count)), ...(await sameWork(count))];
}
