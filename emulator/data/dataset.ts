/**
 * The live data behind the four APIs, in the order in which lists are answered. Tests change the data between two
 * calls. A change replaces rows and never edits them, so a row that was read before keeps its values.
 */
import { defaultEnterpriseProject } from './example-images.js';
import { ImageContents, type ContentChange } from './image-content.js';
import { localImages } from './local-images.js';
import { addedRowId, madeUpHost, madeUpLocalRow, madeUpRegistryRow, movedRow } from './made-up-rows.js';
import { registryImages, secondEnterpriseProject } from './registry-images.js';
import { changeRows, hasFields, insert, type Placement } from './row-changes.js';
import type {
  BasicImageRow,
  ImageFileRow,
  LocalHost,
  LocalImage,
  LocalImageRow,
  RegistryImage,
  RegistryImageRow,
} from './rows.js';
import { fakeDigest } from './seeded-random.js';

export type LocalListing = 'per-image' | 'per-host';

export interface DatasetSize {
  readonly seed: number;
  readonly registryImages: number;
  /** Rows of the local list, in both listing modes. */
  readonly localImages: number;
  readonly localListing: LocalListing;
  readonly int64FileSizes?: boolean;
}

/** The findings of a rescan. Fields that are not given stay unchanged. */
export interface ScanResult extends ContentChange {
  readonly scanStatus?: string;
  readonly severityLevel?: string | null;
  readonly vulNum?: number;
  readonly unsafeSettingNum?: number;
  readonly maliciousFileNum?: number;
}

/** A row of the local list: an image with the hosts that the row stands for. `hosts` are all hosts of the image. */
export interface ListedImage extends LocalImage {
  readonly listedHosts: readonly LocalHost[];
}

interface LocalSurroundings {
  readonly hosts?: readonly LocalHost[];
  readonly software?: readonly string[];
}

/** Default: one host without containers, and no software. */
type LocalPlacement = Placement & LocalSurroundings;

interface TagMove {
  /** Default: a digest that no row has. */
  readonly digest?: string;
  /** 'new': the entry gets another id, as when a registry lists a pushed image anew. Default 'same'. */
  readonly entry?: 'same' | 'new';
  /** Further fields of the moved rows, such as latest_update_time. */
  readonly changes?: RegistryImageRow;
}

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

  constructor(readonly size: DatasetSize) {
    this.#contents = new ImageContents(size.seed, size.int64FileSizes === true);
    this.#registry = take(registryImages(size.seed), size.registryImages);
    const source = localImages(size.seed, this.#registry);
    this.#locals =
      size.localListing === 'per-image'
        ? take(source, size.localImages)
        : takeHostRows(source, size.localImages);
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
      this.#listed = { of: this.#locals, rows: listed(this.#locals, this.size.localListing) };
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
    const scan_status = result.scanStatus ?? 'success';
    const changes = {
      scan_status,
      latest_scan_time: atMs,
      scan_failed_code: undefined,
      scan_failed_desc: undefined,
      ...(result.severityLevel !== undefined && { severity_level: result.severityLevel }),
      ...(result.vulNum !== undefined && { vul_num: result.vulNum }),
      ...(result.unsafeSettingNum !== undefined && { unsafe_setting_num: result.unsafeSettingNum }),
      ...(result.maliciousFileNum !== undefined && { malicious_file_num: result.maliciousFileNum }),
    };
    return this.#changeScan(digest, changes);
  }

  /**
   * Takes the words of answers; local rows get 'waiting' for 'waiting_for_scan'. @returns the number of changed
   * rows.
   */
  setScanStatus(digest: string, scan_status: string): number {
    return this.#changeScan(digest, {
      scan_status,
      ...(scan_status === 'unscan' && { latest_scan_time: 0 }),
      ...(scan_status !== 'success' && { severity_level: null }),
    });
  }

  /** Makes up the fields that are not given: a scanned private image with a new digest. */
  addRegistryImage(row: RegistryImageRow = {}, placement: Placement = {}): RegistryImage {
    const image = {
      enterpriseProjectId: this.#ownerOf(placement),
      row: madeUpRegistryRow(this.#nextAdded(), row),
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
  moveTag(match: RegistryImageRow, { digest, entry = 'same', changes = {} }: TagMove = {}): number {
    const target = digest ?? fakeDigest(`moved/${this.#nextAdded()}`);
    const known = this.#registry.find(({ row }) => row.image_digest === target)?.row;
    const changed = changeRows(this.#registry, match, (image) => {
      const row = movedRow(image.row, target, known);
      const id = entry === 'same' ? image.row.id : addedRowId(this.#nextAdded());
      return { ...image, row: { ...row, ...(id !== undefined && { id }), ...changes } };
    });
    this.#registry = changed.images;
    return changed.count;
  }

  /** Removes the rows in which all given fields are equal. @returns the number of removed rows. */
  removeRegistryImages(match: RegistryImageRow): number {
    const before = this.#registry.length;
    this.#registry = this.#registry.filter(({ row }) => !hasFields(row, match));
    return before - this.#registry.length;
  }

  addLocalImage(row: LocalImageRow = {}, placement: LocalPlacement = {}): LocalImage {
    const number = this.#nextAdded();
    const image = {
      enterpriseProjectId: this.#ownerOf(placement),
      row: madeUpLocalRow(number, row),
      hosts: placement.hosts ?? [madeUpHost(number)],
      software: placement.software ?? [],
    };
    this.#locals = insert(this.#locals, image, placement);
    return image;
  }

  /** As changeRegistryImages; given hosts and software replace the old. */
  changeLocalImages(
    match: LocalImageRow,
    changes: LocalImageRow,
    surroundings: LocalSurroundings = {},
  ): number {
    const changed = changeRows(this.#locals, match, (image) => ({
      ...image,
      ...surroundings,
      row: { ...image.row, ...changes },
    }));
    this.#locals = changed.images;
    return changed.count;
  }

  removeLocalImages(match: LocalImageRow): number {
    const before = this.#locals.length;
    this.#locals = this.#locals.filter(({ row }) => !hasFields(row, match));
    return before - this.#locals.length;
  }

  #nextAdded(): number {
    return (this.#added += 1);
  }

  #ownerOf({ enterpriseProjectId = defaultEnterpriseProject }: Placement): string {
    this.#projects.add(enterpriseProjectId);
    return enterpriseProjectId;
  }

  #changeScan(digest: string, changes: RegistryImageRow & LocalImageRow): number {
    let changed = 0;
    const change = <Row extends Pick<LocalImageRow, 'image_digest'>>(row: Row, fields: object): Row => {
      if (row.image_digest !== digest) return row;
      changed += 1;
      return { ...row, ...fields };
    };
    const { scan_status, vul_num, unsafe_setting_num, malicious_file_num } = changes;
    const childChanges = withoutUndefined({ scan_status, vul_num, unsafe_setting_num, malicious_file_num });
    this.#registry = this.#registry.map((image) => {
      const row = change(image.row, changes);
      const children = row.association_images?.map((child) => change(child, childChanges));
      return { ...image, row: { ...row, ...(children && { association_images: children }) } };
    });
    const localStatus = changes.scan_status === 'waiting_for_scan' ? 'waiting' : changes.scan_status;
    this.#locals = this.#locals.map((image) => ({
      ...image,
      row: change(image.row, { ...changes, scan_status: localStatus }),
    }));
    return changed;
  }
}

function take<T>(source: Generator<T, never>, count: number): T[] {
  return Array.from({ length: count }, () => source.next().value);
}

/** Takes images until their hosts make `rows` rows. The last image may lose hosts to make the number exact. */
function takeHostRows(source: Generator<LocalImage, never>, rows: number): LocalImage[] {
  const taken: LocalImage[] = [];
  for (let left = rows; left > 0;) {
    const image = source.next().value;
    taken.push({ ...image, hosts: image.hosts.slice(0, left) });
    left -= image.hosts.length;
  }
  return taken;
}

function listed(images: readonly LocalImage[], listing: LocalListing): ListedImage[] {
  if (listing === 'per-image') return images.map((image) => ({ ...image, listedHosts: image.hosts }));
  return images.flatMap((image) => image.hosts.map((host) => ({ ...image, listedHosts: [host] })));
}

/** Drops undefined fields, so that the row keeps its old values. */
function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
