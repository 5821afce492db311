/**
 * Makes the rows of the registry list: HSS's examples, some rows with names that are hard to carry in a URL, then
 * one repository after the other with a few tags each. A row does not depend on how many rows are asked for.
 */
import { defaultEnterpriseProject, exampleRegistryImages } from './example-images.js';
import type { AssociatedImageRow, RegistryImage, RegistryImageRow } from './rows.js';
import { dataEpochMs, pastTime, registryScan } from './scan-fields.js';
import { fakeDigest, fakeUuid, SeededRandom } from './seeded-random.js';

export const secondEnterpriseProject = '5c8b1d3e-7a42-4f6b-9e0d-2f1a6c9b8d47';

/** Neighbouring ids above 2^53: read as numbers, two neighbours become equal. */
const firstRowId = 9_007_199_254_741_001n;
/** Children of multi-architecture images are numbered apart, so that a new child changes no other id. */
const firstChildRowId = 9_100_000_000_000_000_001n;

const registries = {
  private_image: registry('swr-private', 'SwrPrivate'),
  shared_image: registry('swr-shared', 'SwrShared'),
  instance_image: registry('swr-enterprise-1', 'SwrEnterprise'),
  harbor: registry('harbor 一号', 'Harbor'),
  jfrog: registry('jfrog-eu', 'Jfrog'),
} as const;
type ImageType = keyof typeof registries;

const namespaces = [
  'platform',
  'payments',
  'web-shop',
  'data_team',
  'aaa',
  'scc_hss_container',
  '研发',
] as const;
const imageNames = [
  'nginx',
  'redis',
  'order-api',
  'billing',
  'gateway',
  'worker',
  'mysql',
  'exporter',
] as const;
const oddImageNames = [
  "web shell/é+~*&=?!'()镜像",
  'team/base/python',
  '50% off + more',
  'quote"d and \\ slashed',
  '镜像 扫描',
  'a#b;c,d@e',
] as const;

interface Repository {
  readonly type: ImageType;
  readonly namespace: string;
  readonly name: string;
  readonly enterpriseProjectId: string;
}

export function* registryImages(seed: number): Generator<RegistryImage, never> {
  yield* exampleRegistryImages;
  yield bareImage;
  let id = firstRowId;
  for (let number = 0; ; number += 1) {
    for (const image of imagesOf(seed, number)) yield { ...image, row: { id: id++, ...image.row } };
  }
}

/** A row with hardly any field: every field of an answer may be missing. */
const bareImage: RegistryImage = {
  enterpriseProjectId: defaultEnterpriseProject,
  row: { id: null, namespace: 'aaa', image_name: 'bare-row', image_type: 'harbor', image_id: null },
};

function imagesOf(seed: number, number: number): RegistryImage[] {
  const random = new SeededRandom(`${seed}/repository/${number}`);
  const repository = describeRepository(random, number);
  const tagCount = random.integer(1, 6);
  const rows: RegistryImageRow[] = [];
  for (let tag = 0; tag < tagCount; tag += 1) {
    const isLatest = tag === tagCount - 1;
    const before = rows.at(-1);
    const version = isLatest && random.chance(0.5) ? 'latest' : `v1.${tag}.${random.integer(0, 9)}`;
    const retag = before !== undefined && random.chance(0.12);
    const row = retag
      ? before
      : newRow(random, repository, `${seed}/${number}/${tag}`, version, BigInt(number * 100 + tag * 10));
    rows.push({ ...row, image_version: version, latest_version: isLatest });
  }
  const shared =
    repository.type === 'private_image' && random.chance(0.15) ? rows.slice(-1).map(asShared) : [];
  const { enterpriseProjectId } = repository;
  return [...rows, ...shared].map((row) => ({ enterpriseProjectId, row }));
}

function describeRepository(random: SeededRandom, number: number): Repository {
  const oddName = oddImageNames[number];
  return {
    type:
      oddName === undefined
        ? random.weighted<ImageType>([
            ['private_image', 60],
            ['shared_image', 12],
            ['instance_image', 12],
            ['harbor', 10],
            ['jfrog', 6],
          ])
        : 'private_image',
    namespace: random.pick(namespaces),
    name: oddName ?? `${random.pick(imageNames)}-${number}`,
    enterpriseProjectId:
      oddName === undefined && random.chance(0.1) ? secondEnterpriseProject : defaultEnterpriseProject,
  };
}

function newRow(
  random: SeededRandom,
  { type, namespace, name }: Repository,
  digestText: string,
  version: string,
  childNumber: bigint,
): RegistryImageRow {
  const digest = fakeDigest(digestText);
  const multiArch = type !== 'shared_image' && random.chance(0.1);
  const row: RegistryImageRow = {
    namespace,
    image_name: name,
    image_id: bareHash(digest),
    image_digest: digest,
    image_type: type,
    ...registries[type],
    ...registryScan(random),
    image_size: random.integer(1_000_000, 2_147_483_547),
    latest_update_time: pastTime(random, 400),
    latest_sync_time: random.pick([dataEpochMs - random.integer(0, 3_600_000), null, undefined]),
    scannable: random.pick([true, true, true, false]),
    is_multiple_arch: multiArch,
    ...typeFields(random, type),
  };
  const architectures = multiArch ? ['amd64', 'arm64', 's390x'].slice(0, random.integer(2, 3)) : [];
  const children = architectures.map((architecture, index) => ({
    ...childRow(random, row, `${digestText}/${architecture}`, version),
    id: firstChildRowId + childNumber + BigInt(index),
  }));
  return { ...row, association_images: multiArch ? children : random.pick([[], null, undefined]) };
}

function childRow(
  random: SeededRandom,
  parent: RegistryImageRow,
  digestText: string,
  version: string,
): AssociatedImageRow {
  const digest = fakeDigest(digestText);
  const { scan_status, vul_num, unsafe_setting_num, malicious_file_num } = registryScan(random);
  return {
    image_id: bareHash(digest),
    image_name: parent.image_name ?? null,
    image_version: version,
    image_type: parent.image_type ?? null,
    namespace: parent.namespace ?? null,
    image_digest: digest,
    scan_status,
    vul_num: vul_num ?? null,
    unsafe_setting_num: unsafe_setting_num ?? null,
    malicious_file_num: malicious_file_num ?? null,
  };
}

function typeFields(random: SeededRandom, type: ImageType): RegistryImageRow {
  if (type === 'shared_image') return sharedFields(random.chance(0.85));
  if (type !== 'instance_image')
    return random.pick([{}, { instance_id: '', instance_name: '', instance_url: '' }]);
  const number = random.integer(1, 3);
  return {
    instance_id: fakeUuid(`instance/${number}`),
    instance_name: `enterprise-instance-${number}`,
    instance_url: `enterprise-instance-${number}.swr.example.com`,
  };
}

/** The same image, also listed as a shared image. */
function asShared(row: RegistryImageRow): RegistryImageRow {
  return {
    ...row,
    image_type: 'shared_image',
    ...registries.shared_image,
    ...sharedFields(true),
  };
}

function sharedFields(effective: boolean): RegistryImageRow {
  return { domain_name: 'partner_company', shared_status: effective ? 'effective' : 'expired' };
}

/** The image with ids that a number holds exactly. @param at its place in the list. */
export function withSmallIds({ row, ...image }: RegistryImage, at: number): RegistryImage {
  const children = row.association_images?.map((child, index) => ({ ...child, id: 10 * at + index }));
  return {
    ...image,
    row: {
      ...row,
      ...(typeof row.id === 'bigint' && { id: 1_000_000 + at }),
      ...(children && { association_images: children }),
    },
  };
}

function registry(registry_name: string, registry_type: string) {
  return { registry_id: fakeUuid(`registry/${registry_name}`), registry_name, registry_type };
}

function bareHash(digest: string): string {
  return digest.slice('sha256:'.length);
}
