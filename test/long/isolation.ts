/**
 * Two consumers with disjoint namespaces. One world has the data and the requests of both; the other world has nothing of
 * the second one. The first consumer gets equal answers in both: whatever it could learn of the other would be a
 * difference. And an image of the other takes the same work as an image that is not there.
 */
import { World, type Change } from '../support/catalog/world.js';
import type { TestAnswer } from '../support/service.js';
import { atMost, noted, type Finding } from './findings.js';
import { durations } from './durations.js';
import {
  changeOf,
  consumers,
  digest,
  digests,
  drawing,
  hostsOf,
  other,
  places,
  requestOf,
  seer,
  type Asked,
} from './two-teams.js';

/** Texts that stand in rows of the other alone. */
const secrets = /beta|harbor-2|777000\d\d/;

/** All refreshes share the calls of HSS, so a refresh for one consumer may wait for that of another: lists stay fresh. */
const noRefreshes = { TTL_LISTS: '1h' };

/** Differences that a failed check shows. */
const mostShown = 5;

/** One consumer in one world: sends what another world's twin sends, with its own tags, cursors and marks. */
class Twin {
  readonly #etags = new Map<string, string[]>();
  readonly #next = new Map<string, string>();

  constructor(
    readonly world: World,
    private readonly consumer: string,
  ) {}

  /** @returns the answer without what is meant to be opaque, and without the ages of content. */
  async send({ path, init, goesOn }: Asked): Promise<{ status: number; seen: object; text: string }> {
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
    const { status } = answer;
    const text = `${answer.text} ${JSON.stringify(headers)}`;
    const isShared = asksForContent.test(`${target} ${init.body ?? ''}`);
    // The age alone decides whether such a request is met.
    if (isShared && 'Cache-Control' in init.headers) return { status, seen: {}, text };
    const shown = isShared ? withoutAges : (whole: string) => whole;
    return {
      status,
      seen: {
        status,
        headers: headers.map(([name, value]) => shown(`${name}: ${value}`)),
        tag: etag === null ? null : tags.indexOf(etag),
        body: shown(plain(answer.text)),
        link: answer.headers.has('link'),
      },
      text,
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

/**
 * Base OS and files are read once for all who have the digest, by the name of any of its rows. A row can be of another
 * digest later. So the age of content tells of reads for the other (docs/consumers.md), and nothing else does.
 */
const asksForContent = /\/(files|base-os)\b|baseOs|"files"|include=[^&]*files/;

function withoutAges(text: string): string {
  return text
    .replace(/^(age|cache-status): .*$/, '$1: …')
    .replace(/max-age=\d+/, 'max-age=…')
    .replace(/"(fetchedAt|asOf)":"[^"]*"/g, '"$1":"…"');
}

/** @param count requests of the first consumer. @param seed the same seed gives the same requests. */
export async function neverSees(count: number, seed = 16): Promise<Finding[]> {
  const [both, alone] = [
    await World.start(consumers, noRefreshes),
    await World.start(consumers, noRefreshes),
  ];
  const [twin, lone, noise] = [new Twin(both, seer), new Twin(alone, seer), new Twin(both, other)];
  const draw = drawing(seed);
  const statuses = new Map<number, number>();
  let different = 0;
  let told = 0;
  const shown: string[] = [];
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
      statuses.set(one.status, (statuses.get(one.status) ?? 0) + 1);
      const [a, b] = [one, two].map(({ seen }) => JSON.stringify(seen));
      // What the consumer sent itself may come back.
      const isTold = secrets.test(one.text.replaceAll(/"(ref|next|detail)":"[^"]*"/g, ''));
      if (isTold && !secrets.test(asked.path) && !secrets.test(asked.init.body ?? '')) told += 1;
      if (a === b) continue;
      different += 1;
      if (shown.length < mostShown)
        shown.push(`${at}: ${asked.path} ${JSON.stringify(asked.init)}\n${a}\n${b}\n`);
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
      ...(different > 0 ? { measured: `${different}, such as ${shown.join('')}` } : {}),
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
  ['/v1/images/lookup?ref=', 'harbor-2/common/web-2:2', 'harbor-3/common/web-2:2'],
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
    // A directive keeps the hot path out.
    const ask = (path: string) => world.ask(seer, path, { headers: { 'Cache-Control': 'max-age=1000000' } });
    return [counted, ...(count > 0 ? await durations(ask, asked, count) : [])];
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

/** Both parts, for `npm run check:long isolation`. */
export async function isolation(count: number): Promise<Finding[]> {
  return [...(await neverSees(count)), ...(await sameWork(count))];
}
