import { hostIdentity, type HostNames } from '../../domain/host-identity.js';
import type { ImageFileRow } from '../../endpoints/image-files/image-file.row.js';
import { addIntegers, type Integer } from '../../json/lossless.js';
import type { CatalogHost, CatalogImage } from '../model/catalog-image.js';
import { asksForFiles, asksForHost, type ImageFilter } from '../model/catalog-query.js';
import type { HostedImage, MatchingHost, MatchingImage } from '../model/reader.js';
import { filesIn } from './documents/row-documents.js';
import type { Row } from './documents/row.js';
import { matchesFile } from './queries/file-match.js';
import type { RelatedRows } from './related-rows.js';
import { meantBy, type JoinedHosts } from './queries/joined-hosts.js';
import type { FoundHost } from './queries/questions.js';

/** An answer shows at most this many of an image's files that match. The route of files lists all of them. */
const mostFilesShown = 10;

/**
 * Shows images as the answer to one question: the hosts that the question means come first, and the files that match
 * stand beside the image. Images are shared by all answers, so each match is a new object.
 */
export class Matches {
  readonly #isNamed: (host: HostNames) => boolean;
  readonly #isFile: ((file: ImageFileRow) => boolean) | undefined;

  constructor(
    private readonly filter: ImageFilter,
    private readonly joinedHosts: JoinedHosts,
    private readonly related?: Pick<RelatedRows, 'closest'>,
  ) {
    this.#isNamed = meantBy(filter);
    this.#isFile = asksForFiles(filter) ? matchesFile(filter) : undefined;
  }

  /** The image in a list of images. */
  readonly image = (image: CatalogImage, row: Row): MatchingImage => {
    const { filter } = this;
    const shown = this.withFiles(image, row);
    if (!asksForHost(filter) && filter.running === undefined) return shown;
    const { hosts } = image;
    const match = withFirst(shown, this.#isMeant);
    if (filter.hostId === undefined) return match;
    const onHost = hosts.items.filter((host) => this.#isNamed(this.joinedHosts.whole(host)));
    return { ...match, containerCount: sumOf(onHost) };
  };

  /** The image with the files that match, if the question is about files. */
  readonly withFiles = (image: CatalogImage, { content }: Row): MatchingImage => {
    if (!this.#isFile) return image;
    const matchedFiles: ImageFileRow[] = [];
    // An image without `files` must not show the content of its row: a purge names it.
    for (const file of content && image.files ? filesIn(content) : []) {
      if (this.#isFile(file)) matchedFiles.push(file);
      if (matchedFiles.length === mostFilesShown) break;
    }
    return { ...image, matchedFiles };
  };

  /** The host with this identity in a list of hosts. @param shown the images by their numbers, with files. */
  host(
    { matches, containers: containerCount, images }: FoundHost,
    identity: string | null,
    shown: ReadonlyMap<number, MatchingImage | undefined>,
  ): MatchingHost {
    const isHost = (host: CatalogHost) => hostIdentity(this.joinedHosts.whole(host)) === identity;
    const found = images.flatMap(({ num, containers }) => {
      const image = shown.get(num);
      return image ? [{ ...withFirst(image, isHost), containerCount: containers }] : [];
    });
    const { matchedBy, ...names } = this.#namesOf(identity, found);
    const nums = images.map(({ num }) => num);
    const relation =
      this.filter.imageId === undefined ? {} : { matchedBy: this.related?.closest(nums) ?? matchedBy };
    return { ...names, ...relation, matches, containerCount, images: found };
  }

  /** The host as the first of its images names the host. Fields that the image lacks come from a joined host. */
  #namesOf(
    identity: string | null,
    [first]: readonly CatalogImage[],
  ): HostNames & Pick<CatalogHost, 'matchedBy'> {
    // An image can be on a thousand hosts: no list of them is made.
    for (const item of first?.hosts.items ?? []) {
      const host = this.joinedHosts.whole(item);
      if (hostIdentity(host) !== identity || !this.#isNamed(host)) continue;
      const { matchedBy } = item;
      return { hostId: host.hostId, name: host.name, agentId: host.agentId, matchedBy };
    }
    return { hostId: null, name: null, agentId: null, matchedBy: 'digest' };
  }

  /** The image once for each host that the question means. */
  onEachHost(image: CatalogImage, row: Row): HostedImage[] {
    const shown = this.withFiles(image, row);
    const hosts = new Map<string | null, Omit<HostedImage, 'image'>>();
    for (const item of image.hosts.items) {
      const { hostId, name: hostName, agentId } = this.joinedHosts.whole(item);
      const host = { hostId, name: hostName, agentId };
      if (!this.#isNamed(host)) continue;
      const identity = hostIdentity(host);
      const known = hosts.get(identity);
      const containerCount = addIntegers(known?.containerCount ?? null, item.containerCount);
      hosts.set(identity, { ...(known ?? { hostId, hostName, agentId }), containerCount });
    }
    return [...hosts.values()]
      .filter(({ containerCount }) => this.#suits(containerCount))
      .map((host) => ({ ...host, image: shown }));
  }

  readonly #isMeant = (host: CatalogHost): boolean =>
    this.#suits(host.containerCount) && this.#isNamed(this.joinedHosts.whole(host));

  #suits(containerCount: Integer | null): boolean {
    const { running } = this.filter;
    return running === undefined || running === (containerCount ?? 0) > 0;
  }
}

function withFirst(image: MatchingImage, comesFirst: (host: CatalogHost) => boolean): MatchingImage {
  const first: CatalogHost[] = [];
  const others: CatalogHost[] = [];
  for (const host of image.hosts.items) (comesFirst(host) ? first : others).push(host);
  return { ...image, hosts: { ...image.hosts, items: [...first, ...others] } };
}

function sumOf(hosts: readonly CatalogHost[]): Integer | null {
  return hosts.reduce<Integer | null>((sum, { containerCount }) => addIntegers(sum, containerCount), null);
}
