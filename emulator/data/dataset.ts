/**
 * The live data behind the four APIs, in the order in which lists are answered. Tests change the data between two
 * calls. A change replaces rows and never edits them, so a row that was read before keeps its values.
 */
import { defaultEnterpriseProject } from './example-images.js';
import { ImageContents, type ContentChange } from './image-content.js';
import { localImages } from './local-images.js';
import { addedRowId, madeUpHost, madeUpLocalRow, madeUpRegistryRow } from './made-up-rows.js';
import {
  changedHosts,
  listedRows,
  take,
  takeListed,
  withoutUpdateTimes,
  type ListedImage,
  type LocalListing,
} from './listed-rows.js';
import { registryImages, secondEnterpriseProject, withSmallIds } from './registry-images.js';
import { changeRows, insert, withoutRows, type Placement } from './row-changes.js';
import type {
  BasicImageRow,
  ImageFileRow,
  LocalHost,
  LocalImage,
  LocalImageRow,
  RegistryImage,
  RegistryImageRow,
} from './rows.js';
import { endOfScan, otherStatus, withScan, type ScanChanges, type ScanResult } from './scan-changes.js';
import { fakeDigest } from './seeded-random.js';
import { movedLocalRow, movedRow, type RegistryTagMove, type TagMove } from './tag-moves.js';
import type { TimeSource } from '../traffic/clock.js';

export interface DatasetSize {
  readonly seed: number;
  readonly registryImages: number;
  /** Rows of the local list, in both listing modes. */
  readonly localImages: number;
  readonly localListing: LocalListing;
  readonly int64FileSizes?: boolean;
  /** Whether ids of registry rows are above 2^53. Default true. */
  readonly int64RowIds?: boolean;
  /** Whether a moved tag leaves the row's update time. Default false. */
  readonly retagKeepsUpdateTime?: boolean;
  /** Whether a container that starts or ends on a host leaves the row's update time. Default false. */
  readonly containersKeepUpdateTime?: boolean;
}

interface LocalSurroundings {
  readonly hosts?: readonly LocalHost[];
  readonly software?: readonly string[];
}

/** Default: one host without containers, and no software. */
type LocalPlacement = Placement & LocalSurroundings;

/** CI/CD images are in no list; a caller needs only the id to ask for their content. */
const cicdImageIds = ['111', '112', 'nightly 42%', '构建-7'];

export class Dataset {
  #registry: RegistryImage[];
  #locals: LocalImage[];
  #listed: { of: readonly LocalImage[] | undefined; rows: readonly ListedImage[] } = {
    of: undefined,
    rows: [],
  };
  readonly #contents: ImageContents;
  readonly #projects = new Set([defaultEnterpriseProject, secondEnterpriseProject]);
  #added = 0;

  /** @param clock tells the update time of changed rows. */
  constructor(
    readonly size: DatasetSize,
    private readonly clock: TimeSource = Date,
  ) {
    this.#contents = new ImageContents(size.seed, size.int64FileSizes === true);
    const registry = take(registryImages(size.seed), size.registryImages);
    this.#registry = this.#hasInt64Ids ? registry : registry.map(withSmallIds);
    this.#locals = takeListed(localImages(size.seed, this.#registry), size.localImages, size.localListing);
  }

  get registryImages(): readonly RegistryImage[] {
    return this.#registry;
  }

  get localImages(): readonly LocalImage[] {
    return this.#locals;
  }

  /** The rows of the local list. Made once after each change, since a list is read far more often than changed. */
  get localRows(): readonly ListedImage[] {
    if (this.#listed.of !== this.#locals)
      this.#listed = { of: this.#locals, rows: listedRows(this.#locals, this.size.localListing) };
    return this.#listed.rows;
  }

  readonly cicdIds: readonly string[] = cicdImageIds;

  get enterpriseProjects(): readonly string[] {
    return [...this.#projects];
  }

  /** `digest`: the image's digest, or a CI/CD image's id. */
  files(digest: string): readonly ImageFileRow[] {
    return this.#contents.files(digest);
  }

  basicImages(digest: string): readonly BasicImageRow[] {
    return this.#contents.basicImages(digest);
  }

  /** @returns whether HSS answers HSS.0011 for the content. */
  isContentMissing(digest: string): boolean {
    return this.#contents.isMissing(digest);
  }

  /** Changes content and no row: content of an image that nobody rescanned. */
  changeContent(digest: string, change: ContentChange): void {
    this.#contents.change(digest, change);
  }

  /** Ends a scan of the image: every row with the digest shows the result. @returns the number of changed rows. */
  rescan(digest: string, atMs: number, result: ScanResult = {}): number {
    this.#contents.change(digest, result);
    return this.#changeScan(digest, endOfScan(result, atMs));
  }

  /** Takes the words of answers. The update time moves, and no scan time. @returns the number of changed rows. */
  setScanStatus(digest: string, scanStatus: string): number {
    return this.#changeScan(digest, otherStatus(scanStatus, this.#nowMs));
  }

  /** Makes up the fields that are not given: a scanned private image with a new digest, updated now. */
  addRegistryImage(row: RegistryImageRow = {}, placement: Placement = {}): RegistryImage {
    const image = {
      enterpriseProjectId: this.#ownerOf(placement),
      row: madeUpRegistryRow(this.#nextAdded(), this.#nowMs, row, this.#hasInt64Ids),
    };
    this.#registry = insert(this.#registry, image, placement);
    return image;
  }

  /**
   * Changes fields of the rows in which all fields of `match` are equal, and nothing else: no scan time and no update
   * time moves unless given. Words pass as given, words that HSS does not have yet too. A field of undefined is left
   * out of the row. @returns the number of changed rows.
   */
  changeRegistryImages(match: RegistryImageRow, changes: RegistryImageRow): number {
    const changed = changeRows(this.#registry, match, (image) => ({
      ...image,
      row: { ...image.row, ...changes },
    }));
    this.#registry = changed.images;
    return changed.count;
  }

  /**
   * Lets the matching rows, one tag each as a rule, name another digest. Scan fields are those of another row of that
   * digest; a digest that no row has is an image that nobody scanned. @returns the number of changed rows.
   */
  moveTag(match: RegistryImageRow, { digest, entry = 'same', changes }: RegistryTagMove = {}): number {
    const target = digest ?? this.#newDigest();
    const known = this.#registry.find(({ row }) => row.image_digest === target)?.row;
    const changed = changeRows(this.#registry, match, (image) => {
      const row = movedRow(image.row, target, known);
      const id = entry === 'same' ? image.row.id : addedRowId(this.#nextAdded(), this.#hasInt64Ids);
      return { ...image, row: { ...row, ...(id !== undefined && { id }), ...this.#retagged(), ...changes } };
    });
    this.#registry = changed.images;
    return changed.count;
  }

  /** As moveTag, for images on hosts: all hosts of the image pull the moved tag. */
  moveLocalTag(match: LocalImageRow, { digest, changes }: TagMove = {}): number {
    const target = digest ?? this.#newDigest();
    const known = this.#locals.find(({ row }) => row.image_digest === target)?.row;
    const changed = changeRows(this.#locals, match, (image) => ({
      ...image,
      row: { ...movedLocalRow(image.row, target, known), ...this.#retagged(), ...changes },
    }));
    this.#locals = changed.images;
    return changed.count;
  }

  /** Removes the rows in which all given fields are equal. @returns the number of removed rows. */
  removeRegistryImages(match: RegistryImageRow): number {
    const { images, count } = withoutRows(this.#registry, match);
    this.#registry = images;
    return count;
  }

  addLocalImage(row: LocalImageRow = {}, placement: LocalPlacement = {}): LocalImage {
    const number = this.#nextAdded();
    const image = {
      enterpriseProjectId: this.#ownerOf(placement),
      row: madeUpLocalRow(number, this.#nowMs, row),
      hosts: placement.hosts ?? [madeUpHost(number)],
      software: placement.software ?? [],
    };
    this.#locals = insert(this.#locals, image, placement);
    return image;
  }

  /**
   * As changeRegistryImages; given hosts and software replace the old. A host that is new, or whose containers differ,
   * moves the update time of its row, unless `changes` has an update time.
   */
  changeLocalImages(
    match: LocalImageRow,
    changes: LocalImageRow,
    { hosts, ...surroundings }: LocalSurroundings = {},
  ): number {
    const newHost = this.#nowMs;
    const containers = this.size.containersKeepUpdateTime === true ? undefined : newHost;
    const changed = changeRows(this.#locals, match, (image) => {
      const present = hosts ? changedHosts(image.hosts, hosts, { newHost, containers }) : image.hosts;
      return {
        ...image,
        ...surroundings,
        hosts: 'latest_update_time' in changes ? withoutUpdateTimes(present) : present,
        row: { ...image.row, ...changes },
      };
    });
    this.#locals = changed.images;
    return changed.count;
  }

  removeLocalImages(match: LocalImageRow): number {
    const { images, count } = withoutRows(this.#locals, match);
    this.#locals = images;
    return count;
  }

  get #hasInt64Ids(): boolean {
    return this.size.int64RowIds !== false;
  }

  #nextAdded(): number {
    return (this.#added += 1);
  }

  #ownerOf({ enterpriseProjectId = defaultEnterpriseProject }: Placement): string {
    this.#projects.add(enterpriseProjectId);
    return enterpriseProjectId;
  }

  get #nowMs(): number {
    return Math.floor(this.clock.now());
  }

  #newDigest(): string {
    return fakeDigest(`moved/${this.#nextAdded()}`);
  }

  #retagged(): { latest_update_time?: number } {
    return this.size.retagKeepsUpdateTime === true ? {} : { latest_update_time: this.#nowMs };
  }

  #changeScan(digest: string, changes: ScanChanges): number {
    const changed = withScan({ registry: this.#registry, locals: this.#locals }, digest, changes);
    this.#registry = changed.registry;
    this.#locals = changed.locals;
    return changed.count;
  }
}
