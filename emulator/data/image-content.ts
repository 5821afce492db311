/**
 * The content of images. Content is made on request from a content key (digest, and how often a rescan changed
 * it), and only the last few lists are kept. So a hundred thousand images cost no more memory than a hundred.
 */
import { exampleBasicImages, exampleFileCount, exampleFiles, proxyAgentDigest } from './example-images.js';
import type { Int64 } from '../json.js';
import type { BasicImageRow, ImageFileRow } from './rows.js';
import { fakeDigest, SeededRandom } from './seeded-random.js';

const maxKeptLists = 64;
const maxFiles = 6000;

const folders = [
  '/usr/bin/',
  '/usr/lib64/',
  '/usr/lib/x86_64-linux-gnu/',
  '/usr/sbin/',
  '/etc/',
  '/opt/app/',
  '/opt/应用/lib/',
  '/var/lib/dpkg/info/',
  '/usr/share/doc/web server/',
] as const;
const fileStems = [
  'libssl',
  'libcrypto',
  'python3',
  'openssl',
  'app',
  'systemd',
  'busybox',
  'config',
] as const;
const fileEndings = ['.so.1', '.jar', '', '.py', '.conf', '.md5sums', '.js'] as const;
/** The largest size that HSS documents, and a size that a reader of doubles gets wrong. */
const sparseFileSizes = { int32: 2_147_483_547, int64: 9_007_199_254_740_993n };
const oddFiles = (sparseFileSize: Int64): readonly ImageFileRow[] => [
  { file_name: '日志 配置.txt', file_path: '/opt/应用/lib/', size: 512 },
  { file_name: "it's 100%+.conf", file_path: '/etc/', size: 96 },
  { file_name: 'sparse.img', file_path: '/var/lib/', size: sparseFileSize },
  { file_name: 'empty', file_path: '/', size: 0 },
  { file_name: 'of-unknown-size', file_path: '/tmp/', size: null },
];

/** Changed content: a given list, or 'new' for another made-up list. Content that is not given stays unchanged. */
export interface ContentChange {
  readonly files?: readonly ImageFileRow[] | 'new';
  readonly basicImages?: readonly BasicImageRow[] | 'new';
  /** true: HSS does not know the image's content (HSS.0011). */
  readonly missing?: boolean;
}

export class ImageContents {
  readonly #givenFiles = new Map<string, readonly ImageFileRow[]>();
  readonly #givenBasicImages = new Map<string, readonly BasicImageRow[]>();
  /** How often a rescan has changed each list. */
  readonly #fileRevisions = new Map<string, number>();
  readonly #basicImageRevisions = new Map<string, number>();
  readonly #missing = new Set<string>();
  readonly #recentFiles = new Map<string, readonly ImageFileRow[]>();

  constructor(
    private readonly seed: number,
    private readonly int64FileSizes: boolean,
  ) {}

  files(digest: string): readonly ImageFileRow[] {
    return this.#givenFiles.get(digest) ?? this.#cachedFiles(contentKey(digest, this.#fileRevisions));
  }

  basicImages(digest: string): readonly BasicImageRow[] {
    const given = this.#givenBasicImages.get(digest);
    return given ?? this.#makeBasicImages(contentKey(digest, this.#basicImageRevisions));
  }

  isMissing(digest: string): boolean {
    return this.#missing.has(digest);
  }

  change(digest: string, { files, basicImages, missing }: ContentChange): void {
    if (missing === true) this.#missing.add(digest);
    if (missing === false) this.#missing.delete(digest);
    replace(digest, files, this.#givenFiles, this.#fileRevisions);
    replace(digest, basicImages, this.#givenBasicImages, this.#basicImageRevisions);
  }

  #cachedFiles(key: string): readonly ImageFileRow[] {
    const files = this.#recentFiles.get(key) ?? this.#makeFiles(key);
    this.#recentFiles.delete(key);
    this.#recentFiles.set(key, files);
    const [oldest] = this.#recentFiles.keys();
    if (this.#recentFiles.size > maxKeptLists && oldest !== undefined) this.#recentFiles.delete(oldest);
    return files;
  }

  #makeBasicImages(key: string): readonly BasicImageRow[] {
    if (key === proxyAgentDigest) return exampleBasicImages;
    if (this.#fileCount(key) === 0) return [];
    const random = new SeededRandom(`${this.seed}/base/${key}`);
    const count = random.weighted([
      [1, 88],
      [0, 6],
      [2, 6],
    ]);
    return Array.from({ length: count }, (_, index) => basicImage(random, index));
  }

  #fileCount(key: string): number {
    const random = new SeededRandom(`${this.seed}/file-count/${key}`);
    const [min, max] = random.weighted<readonly [number, number]>([
      [[0, 0], 5],
      [[1, 9], 10],
      [[10, 400], 75],
      [[1000, maxFiles], 10],
    ]);
    return random.integer(min, max);
  }

  /** Largest file first, as in HSS's example; no two files with the same path and name. */
  #makeFiles(key: string): readonly ImageFileRow[] {
    const isExample = key === proxyAgentDigest;
    const first = isExample ? exampleFiles : [];
    const count = isExample ? exampleFileCount : this.#fileCount(key);
    const random = new SeededRandom(`${this.seed}/files/${key}`);
    const sparseFileSize = sparseFileSizes[this.int64FileSizes ? 'int64' : 'int32'];
    const odd = !isExample && random.chance(0.2) ? oddFiles(sparseFileSize).slice(0, count) : [];
    const largest = isExample ? 1_500_000 : 60_000_000;
    const plain = Array.from({ length: count - first.length - odd.length }, (_, index) => ({
      file_name: `${random.pick(fileStems)}-${index}${random.pick(fileEndings)}`,
      file_path: random.pick(folders),
      size: random.skewed(largest),
    }));
    const rest = [...odd, ...plain].sort((a, b) => compareSizes(b.size ?? 0, a.size ?? 0));
    return [...first, ...rest];
  }
}

function basicImage(random: SeededRandom, index: number): BasicImageRow {
  const [os_name, os_version] = random.pick<readonly [string, string | null]>([
    ['Debian', '9'],
    ['Debian', '12'],
    ['Ubuntu', '22.04'],
    ['CentOS', '7'],
    ['EulerOS', '2.0 (SP9)'],
    ['Huawei Cloud EulerOS', '2.0'],
    ['Kylin', 'V10'],
    ['Alpine Linux', '3.19.1'],
    ['Alpine Linux', null],
  ]);
  const layer = fakeDigest(`layer/${os_name}/${os_version}/${index}`);
  return { os_name, os_version, ...(random.chance(0.95) && { layer_digest: layer }) };
}

function compareSizes(a: Int64, b: Int64): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function contentKey(digest: string, revisions: ReadonlyMap<string, number>): string {
  const revision = revisions.get(digest) ?? 0;
  return revision === 0 ? digest : `${digest}#${revision}`;
}

function replace<Row>(
  digest: string,
  rows: readonly Row[] | 'new' | undefined,
  given: Map<string, readonly Row[]>,
  revisions: Map<string, number>,
): void {
  if (rows === undefined) return;
  if (rows !== 'new') {
    given.set(digest, rows);
    return;
  }
  given.delete(digest);
  revisions.set(digest, (revisions.get(digest) ?? 0) + 1);
}
