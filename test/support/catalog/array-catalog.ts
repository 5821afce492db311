import type {
  Facet,
  FacetName,
  HostQuery,
  ImageFilter,
  ImageQuery,
} from '../../../src/catalog/model/catalog-query.js';
import { derive } from '../../../src/catalog/model/derive.js';
import type { CatalogHost, CatalogImage } from '../../../src/catalog/model/catalog-image.js';
import { int64Max, type Integer } from '../../../src/json/lossless.js';
import { contentSource } from '../../../src/catalog/model/content-source.js';
import type { ContentDocument, ImageDocument } from '../../../src/catalog/model/documents.js';
import type { HostedImage, MatchingHost, MatchingImage } from '../../../src/catalog/model/reader.js';
import { groupHosts, hostKey, type HostNames } from '../../../src/domain/host-identity.js';
import { imageNamesOf, type ImageName } from './array-names.js';
import { compare, hostValueOf, inOrderOf, larger, type FoundHost } from './array-orders.js';

interface Entity {
  document: ImageDocument;
  /** The rows whose names and ids count. */
  named: Pick<ImageDocument, 'entries' | 'onHosts'>;
  content: ContentDocument | undefined;
  image: CatalogImage;
  /** The hosts of the image, with the fields that other images tell. Filled for all images at once. */
  hosts: CatalogHost[];
}

type Verdict = 'yes' | 'maybe' | 'no';

/** The oracle of the index: a catalog as an array. Each question looks at every image. */
export class ArrayCatalog {
  readonly #entities: Entity[];

  /** @param isBounded for a consumer with namespaces: local rows tell no names and no ids. */
  constructor(
    documents: Iterable<ImageDocument>,
    contents: ReadonlyMap<string, ContentDocument>,
    isBounded = false,
  ) {
    this.#entities = [...documents].map((document) => {
      const content = contents.get(document.key);
      const image = derive(document, content);
      const named = isBounded ? { ...document, onHosts: [] } : document;
      return { document, named, content, image, hosts: image.hosts.items };
    });
    completeHosts(this.#entities);
  }

  images({ filter, match, sort, limit, after }: ImageQuery) {
    const matching = this.#judged(filter, match === 'known' ? 'yes' : 'maybe').sort(inOrderOf(sort));
    const from = matching.findIndex(({ document }) => document.serial === after) + 1;
    const page = matching.slice(from, from + limit);
    return {
      items: page.map((entity) => matchOf(entity, filter)),
      last: page.at(-1)?.document.serial ?? null,
      total: matching.length,
      unknown: isOnContent(filter) ? this.#judged(filter, 'maybe').length : null,
    };
  }

  all(filter: ImageFilter, match: ImageQuery['match']): MatchingImage[] {
    return this.images({ filter, match, sort: [], limit: Infinity, after: null, version: 0 }).items;
  }

  hosts({ filter, sort, limit, offset }: HostQuery, imagesPerHost: number) {
    const worst = [
      { key: 'severity', descending: true },
      { key: 'vulnerabilities', descending: true },
    ] as const;
    const hosts = new Map<string, FoundHost>();
    // Each host decides by itself whether the image runs there.
    const anywhere = withoutRunning(filter);
    let pairs = 0;
    for (const entity of this.#judged(anywhere, 'yes').sort(inOrderOf(worst)))
      for (const [id, { host: named, members, containerCount: count }] of meantHosts(entity, filter)) {
        // The index keeps 64 bits of a count.
        const containerCount = count !== null && count > int64Max ? int64Max : count;
        const { hostId, name, agentId, matchedBy } = named;
        const relation = filter.imageId === undefined ? {} : { matchedBy };
        const blank: MatchingHost = {
          ...{ hostId, name, agentId, ...relation },
          matches: 0,
          containerCount: null,
          images: [],
        };
        const found = hosts.get(id) ?? { host: blank, names: [], worst: entity.image, vulnerabilities: null };
        const { host, names } = found;
        hosts.set(id, found);
        names.push(...members.flatMap((member) => member.name ?? []));
        found.vulnerabilities = larger(found.vulnerabilities, entity.image.findingCounts.vulnerabilities);
        host.matches += 1;
        host.containerCount = plus(host.containerCount, containerCount);
        pairs += 1;
        const first = entity.image.hosts.items.filter((_, at) => hostKey(entity.hosts[at]!) === id);
        const image = withFirst({ ...entity.image, ...filesOf(entity, filter), containerCount }, first);
        if (host.images.length < imagesPerHost) host.images.push(image);
      }
    const items = [...hosts]
      .sort(([a, one], [b, other]) => {
        for (const { key, descending } of sort) {
          const order = compare(hostValueOf(one, key), hostValueOf(other, key), descending);
          if (order !== 0) return order;
        }
        return compare(a, b, false);
      })
      .map(([, { host }]) => host);
    const open = this.#judged(anywhere, 'maybe').filter((entity) => meantHosts(entity, filter).size > 0);
    return {
      items: items.slice(offset, offset + limit),
      total: items.length,
      pairs,
      unknown: isOnContent(filter) ? open.length : null,
    };
  }

  /** All pairs of a host and an image, in the order of images. */
  allHosts(filter: ImageFilter): HostedImage[] {
    const anywhere = withoutRunning(filter);
    return this.#judged(anywhere, 'yes')
      .sort(inOrderOf([]))
      .flatMap((entity) =>
        [...meantHosts(entity, filter).values()].map(
          ({ host: { hostId, name, agentId }, containerCount }) => {
            const image = { ...entity.image, ...filesOf(entity, filter) };
            return { hostId, hostName: name, agentId, containerCount, image };
          },
        ),
      );
  }

  facets(filter: ImageFilter, names: readonly FacetName[]): Record<string, Facet> {
    const matching = this.#judged(filter, 'yes');
    return Object.fromEntries(
      names.map((name) => {
        const counts = new Map<string | null, number>();
        for (const entity of matching)
          for (const value of new Set(facetValues(entity, name, filter)))
            counts.set(value, (counts.get(value) ?? 0) + 1);
        const facet = [...counts].map(([value, count]) => ({ value, count }));
        return [name, facet.sort((a, b) => b.count - a.count || compare(a.value, b.value, false))];
      }),
    );
  }

  #judged(filter: ImageFilter, verdict: Verdict): Entity[] {
    return this.#entities.filter((entity) => judge(entity, filter) === verdict);
  }
}

/** Fills the fields that other images tell of the same host, where images name one host by different fields. */
function completeHosts(entities: readonly Entity[]): void {
  const rows = entities.flatMap((entity) => entity.hosts.map((host) => ({ entity, host })));
  const words = ({ hostId, agentId, name }: HostNames) => JSON.stringify([hostId, agentId, name]);
  rows.sort((a, b) => compare(words(a.host), words(b.host), false));
  for (const { host: whole, members } of groupHosts(rows.map(({ host }) => host))) {
    const ofHost = members.map((at) => rows[at]!);
    if (new Set(ofHost.map(({ host }) => hostKey(host))).size === 1) continue;
    for (const { entity, host } of ofHost) {
      const known = Object.entries(host).filter(([, value]) => value !== null);
      const full = { ...host, ...whole, ...Object.fromEntries(known) };
      entity.hosts = entity.hosts.map((one) => (one === host ? full : one));
    }
  }
}

function judge(entity: Entity, filter: ImageFilter): Verdict {
  if (!plainly(entity, filter)) return 'no';
  const { image, content } = entity;
  const verdicts: Verdict[] = [];
  const { fileName, filePath } = filter;
  // HSS reports the content of images that the registry scanned, and none of images that only hosts have.
  const scan = contentSource(entity.document)?.scan ?? image.scan;
  const isOpen = (part: { scannedUntil: string | null } | null | undefined) =>
    !part || (scan.scannedAt !== null && (part.scannedUntil ?? '') < scan.scannedAt);
  const verdictOf = (matches: boolean, part: { scannedUntil: string | null } | null | undefined): Verdict =>
    matches ? 'yes' : isOpen(part) ? 'maybe' : 'no';
  const layers = content?.baseOs?.rows ?? [];
  const isOs = (field: OsField, word: string | null, row: (typeof layers)[number]): boolean => {
    if (word === null) return false;
    if (field === 'baseOs') return shownOs(row) === word;
    const own = (field === 'baseOsName' ? row.osName : row.osVersion)?.toLowerCase();
    const wanted = word.toLowerCase();
    if (own === undefined || field === 'baseOsName') return own === wanted;
    return own.startsWith(wanted) && !/^[\p{L}\p{N}]/u.test(own.slice(wanted.length));
  };
  const isNone = layers.every((row) => shownOs(row) === null);
  const asked = osFields.filter((field) => filter[field] !== undefined);
  const fits = (row: (typeof layers)[number]) =>
    asked.every((field) => filter[field]!.some((word) => isOs(field, word, row)));
  if (asked.length > 0) {
    const isNoneAsked = asked.length === 1 && (filter.baseOs?.includes(null) ?? false);
    verdicts.push(verdictOf(layers.some(fits) || (isNoneAsked && isNone), content?.baseOs));
  }
  for (const field of osFields) {
    const except = filter.except?.[field];
    if (!except) continue;
    if (except.includes(null)) verdicts.push(verdictOf(!isNone, content?.baseOs));
    if (except.every((word) => word === null)) continue;
    const has = layers.some((row) => except.some((word) => isOs(field, word, row)));
    verdicts.push(isOpen(content?.baseOs) ? 'maybe' : has ? 'no' : 'yes');
  }
  if (fileName !== undefined || filePath !== undefined) {
    verdicts.push(verdictOf(filesIn(content, filter).length > 0, content?.files));
  }
  if (verdicts.includes('no')) return 'no';
  return verdicts.includes('maybe') ? 'maybe' : 'yes';
}

const runs = (containerCount: Integer | null) => (containerCount ?? 0) > 0;

function withoutRunning(filter: ImageFilter): ImageFilter {
  const anywhere = { ...filter };
  delete anywhere.running;
  return anywhere;
}

/** The sum with every digit; null adds nothing. */
function plus(a: Integer | null, b: Integer | null): Integer | null {
  if (a === null || b === null) return a ?? b;
  const sum = BigInt(a) + BigInt(b);
  return sum <= Number.MAX_SAFE_INTEGER ? Number(sum) : sum;
}

const namesHost = ({ hostId, hostName, hostText }: ImageFilter) =>
  [hostId, hostName, hostText].some((word) => word !== undefined);

interface MeantHost {
  host: CatalogHost;
  /** All hosts of the image that are this host. */
  members: HostNames[];
  containerCount: Integer | null;
}

/** The hosts of the image that the filter means, by their keys. */
function meantHosts({ image, hosts }: Entity, { hostId, hostName, hostText, running }: ImageFilter) {
  const meant = new Map<string, MeantHost>();
  for (const [at, host] of hosts.entries()) {
    if (!same(host.hostId, hostId) || !same(host.name?.toLowerCase(), hostName?.toLowerCase())) continue;
    if (hostText !== undefined && !host.name?.toLowerCase().includes(hostText.toLowerCase())) continue;
    const known = meant.get(hostKey(host)!) ?? { host, members: [], containerCount: null };
    const containerCount = plus(known.containerCount, image.hosts.items[at]!.containerCount);
    meant.set(hostKey(host)!, { ...known, members: [...known.members, host], containerCount });
  }
  return new Map([...meant].filter(([, { containerCount }]) => same(runs(containerCount), running)));
}

/** The image as the answer to a question with this filter. */
function matchOf(entity: Entity, filter: ImageFilter): MatchingImage {
  const { image, hosts } = entity;
  const { running, ...named } = filter;
  const shown: MatchingImage = { ...image, ...filesOf(entity, filter) };
  if (!namesHost(filter) && running === undefined) return shown;
  const meant = [...meantHosts(entity, named).values()].flatMap(({ members }) => members);
  const items = image.hosts.items.filter((_, at) => meant.includes(hosts[at]!));
  const first = items.filter(({ containerCount }) => same(runs(containerCount), running));
  if (filter.hostId !== undefined)
    shown.containerCount = items.map((host) => host.containerCount).reduce(plus, null);
  return withFirst(shown, first);
}

function withFirst<Image extends CatalogImage>(image: Image, first: readonly CatalogHost[]): Image {
  const { hosts } = image;
  const others = hosts.items.filter((host) => !first.includes(host));
  return { ...image, hosts: { ...hosts, items: [...first, ...others] } };
}

function filesOf({ content }: Entity, filter: ImageFilter): Pick<MatchingImage, 'matchedFiles'> {
  if (filter.fileName === undefined && filter.filePath === undefined) return {};
  return { matchedFiles: filesIn(content, filter).slice(0, 10) };
}

function filesIn(content: ContentDocument | undefined, { fileName, filePath }: ImageFilter) {
  return (content?.files?.rows ?? []).filter(({ name, path }) => {
    const whole = [path ?? '', name ?? ''].join(path?.endsWith('/') === false ? '/' : '');
    return holds(fileName?.includes('/') ? whole : (name ?? ''), fileName) && holds(path ?? '', filePath);
  });
}

const holds = (own: string, part: string | undefined) =>
  part === undefined || own.toLowerCase().includes(part.toLowerCase());

type OsField = 'baseOs' | 'baseOsName' | 'baseOsVersion';
const osFields: OsField[] = ['baseOs', 'baseOsName', 'baseOsVersion'];

const shownOs = ({ osName, osVersion }: { osName: string | null; osVersion: string | null }) =>
  [osName, osVersion].filter((word) => word !== null).join(' ') || null;

const caseOf = (field: keyof ImageName, value: string | null) =>
  field === 'name' ? (value?.toLowerCase() ?? null) : value;

const same = <T>(a: T, b: T | undefined) => b === undefined || a === b;

function plainly(entity: Entity, filter: ImageFilter): boolean {
  const { document, named, image } = entity;
  const bare = (id: string | null) => id?.replace(/^sha256:/, '');
  const ids = [...named.entries, ...named.onHosts].flatMap(({ row }) => [row.imageId, row.digest]);
  const atLeast = (a: number | bigint | null, b: number | undefined) =>
    b === undefined || (a !== null && a >= b);
  const between = (time: string | null, after: number | undefined, before: number | undefined) =>
    (after === undefined || (time !== null && Date.parse(time) >= after)) &&
    (before === undefined || (time !== null && Date.parse(time) < before));
  const imageNames = imageNamesOf(named);
  const valuesOf = (field: keyof ImageName): (string | null)[] => {
    const values = imageNames.map((imageName) => caseOf(field, imageName[field]));
    const known = values.filter((value) => value !== null);
    return known.length > 0 ? known : [null];
  };
  const nameFields = ['namespace', 'name', 'tag', 'registryName', 'type'] as const;
  const isNamed = (imageName: ImageName) =>
    nameFields.every(
      (field) =>
        filter[field]?.some((word) =>
          word === null
            ? valuesOf(field).includes(null)
            : caseOf(field, imageName[field]) === caseOf(field, word),
        ) ?? true,
    );
  const isExcept = nameFields.some((field) =>
    filter.except?.[field]?.some((word) => valuesOf(field).includes(caseOf(field, word))),
  );
  const { text, except = {} } = filter;
  return (
    (filter.imageId === undefined || ids.some((id) => id !== null && bare(id) === bare(filter.imageId!))) &&
    (filter.severity?.includes(image.severity) ?? true) &&
    (filter.scanStatus?.includes(image.scan.status) ?? true) &&
    (filter.notScannableReason?.includes(image.notScannableReason) ?? true) &&
    !except.severity?.includes(image.severity) &&
    !except.scanStatus?.includes(image.scan.status) &&
    !except.notScannableReason?.includes(image.notScannableReason) &&
    atLeast(image.findingCounts.vulnerabilities, filter.vulnerabilities) &&
    atLeast(image.findingCounts.unsafeSettings, filter.unsafeSettings) &&
    atLeast(image.findingCounts.maliciousFiles, filter.maliciousFiles) &&
    atLeast(image.hosts.total, filter.hostCount) &&
    imageNames.some(isNamed) &&
    !isExcept &&
    (namesHost(filter) ? meantHosts(entity, filter).size > 0 : same(image.running, filter.running)) &&
    same(document.entries.length > 0, filter.inRegistry) &&
    same(document.onHosts.length > 0, filter.onHosts) &&
    same(image.multiArch, filter.multiArch) &&
    between(image.updatedAt, filter.updatedAfter, filter.updatedBefore) &&
    between(image.scan.scannedAt, filter.scannedAfter, filter.scannedBefore) &&
    (text === undefined ||
      imageNames.some(({ namespace, name, tag }) => {
        const path =
          namespace === null ? (name ?? '') : [namespace, ...(name === null ? [] : [name])].join('/');
        return (tag === null ? path : `${path}:${tag}`).toLowerCase().includes(text.toLowerCase());
      }))
  );
}

function facetValues(entity: Entity, name: FacetName, filter: ImageFilter): (string | null)[] {
  const { document, named, image, content } = entity;
  const anywhere = withoutRunning(filter);
  const several = (values: (string | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length > 0 ? known : [null];
  };
  switch (name) {
    case 'severity':
      return [image.severity];
    case 'scanStatus':
      return [image.scan.status];
    case 'notScannableReason':
      return [image.notScannableReason];
    case 'type':
    case 'registryName':
    case 'namespace':
      return several(imageNamesOf(named).map((imageName) => imageName[name]));
    case 'baseOs':
      return several((content?.baseOs?.rows ?? []).map(shownOs));
    case 'inRegistry':
      return [String(document.entries.length > 0)];
    case 'onHosts':
      return [String(document.onHosts.length > 0)];
    case 'running':
      if (!namesHost(filter)) return [String(image.running)];
      return [...meantHosts(entity, anywhere).values()].map(({ containerCount }) =>
        String(runs(containerCount)),
      );
    case 'multiArch':
      return [String(image.multiArch)];
  }
}

function isOnContent({ fileName, filePath, ...filter }: ImageFilter): boolean {
  return (
    fileName !== undefined ||
    filePath !== undefined ||
    osFields.some((field) => filter[field] !== undefined || filter.except?.[field] !== undefined)
  );
}
