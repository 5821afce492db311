/**
 * Makes the local images: six of ten are copies of registry images, on hosts from one pool. A row depends only on
 * the registry images that it copies, not on how many rows are asked for.
 */
import { defaultEnterpriseProject, exampleLocalImage, proxyAgentDigest } from './example-images.js';
import { secondEnterpriseProject } from './registry-images.js';
import type { Container, LocalHost, LocalImage, LocalImageRow, RegistryImage } from './rows.js';
import { localScan, pastTime } from './scan-fields.js';
import { fakeDigest, fakeHex, fakeUuid, SeededRandom } from './seeded-random.js';

const hostCount = 40;
const copiedShare = 0.6;
const softwareNames = [
  'openssl',
  'log4j-core',
  'nginx',
  'python3',
  'bash',
  'openjdk 17',
  'c++ 运行库',
] as const;
const localImageNames = ['hand-built', 'webshell', 'debug tools', '本地 镜像', 'k8s-pause'] as const;

/** Names in answers may be 256 characters long, though a filter takes 128; sizes may pass 2^53. */
const oddRows: readonly LocalImageRow[] = [
  { image_name: 'long-'.repeat(40), image_version: 'v'.repeat(100) },
  { image_name: 'sparse-archive', image_version: 'v1', image_size: 9_007_199_254_740_993n },
  { image_name: 'no-digest', image_version: 'dev', image_digest: null },
];

type Host = Omit<LocalHost, 'containers'>;

export function* localImages(seed: number, registry: readonly RegistryImage[]): Generator<LocalImage, never> {
  yield exampleLocalImage;
  const pool = Array.from({ length: hostCount }, (_, number) => describeHost(seed, number));
  yield proxyAgentCopy(pool.slice(0, 2));
  for (let number = 0; ; number += 1) {
    const random = new SeededRandom(`${seed}/local/${number}`);
    const oddRow = oddRows[number];
    const copied =
      oddRow === undefined && random.chance(copiedShare) ? pickImage(random, registry) : undefined;
    yield {
      enterpriseProjectId:
        copied?.enterpriseProjectId ??
        (oddRow === undefined && random.chance(0.1) ? secondEnterpriseProject : defaultEnterpriseProject),
      row: {
        image_id: fakeUuid(`${seed}/local-id/${number}`),
        ...(copied
          ? namesOfCopy(random, copied)
          : ownNames(random, `${seed}/local-digest/${number}`, number)),
        image_size: copied?.row.image_size ?? random.integer(1_000_000, 3_000_000_000),
        latest_update_time: pastTime(random, 400),
        component_num: random.integer(0, 300),
        ...localScan(random),
        ...oddRow,
      },
      hosts: hostsOf(random, pool, number),
      software: softwareNames.filter(() => random.chance(0.4)),
    };
  }
}

/** The image of the files example, also on two hosts: one image that every API knows. */
function proxyAgentCopy(hosts: readonly Host[]): LocalImage {
  const random = new SeededRandom('proxy-agent');
  return {
    enterpriseProjectId: defaultEnterpriseProject,
    row: {
      image_id: fakeUuid('proxy-agent'),
      image_name: 'proxy-agent',
      image_version: '24.5.0-x86_64',
      image_digest: proxyAgentDigest,
      local_image_type: 'swr_image',
      image_size: 215_304_488,
      latest_update_time: 1_709_970_000_000,
      scan_status: 'success',
      latest_scan_time: 1_709_973_506_292,
      component_num: 146,
      vul_num: 77,
      severity_level: 'High',
    },
    hosts: hosts.map((host, index) => ({ ...host, containers: containersOf(random, -1, index) })),
    software: ['openssl', 'python3'],
  };
}

function pickImage(random: SeededRandom, registry: readonly RegistryImage[]): RegistryImage | undefined {
  const image = registry[random.integer(0, registry.length - 1)];
  return image?.row.image_digest == null ? undefined : image;
}

/** One copy in ten was retagged on its host: only the digest identifies the image. */
function namesOfCopy(random: SeededRandom, { row }: RegistryImage): LocalImageRow {
  const retagged = random.chance(0.1);
  return {
    image_name: retagged ? `${row.image_name}-copy` : (row.image_name ?? null),
    image_version: row.image_version ?? null,
    image_digest: row.image_digest ?? null,
    local_image_type: row.image_type === 'harbor' || row.image_type === 'jfrog' ? 'other_image' : 'swr_image',
  };
}

function ownNames(random: SeededRandom, digestText: string, number: number): LocalImageRow {
  return {
    image_name: `${random.pick(localImageNames)}-${number}`,
    image_version: random.pick(['latest', 'dev', 'v2']),
    image_digest: random.chance(0.95) ? fakeDigest(digestText) : null,
    local_image_type: random.pick(['other_image', 'other_image', 'swr_image']),
  };
}

function hostsOf(random: SeededRandom, pool: readonly Host[], number: number): LocalHost[] {
  const first = random.integer(0, pool.length - 1);
  const count = random.weighted([
    [1, 60],
    [2, 20],
    [3, 12],
    [6, 8],
  ]);
  const numbers = Array.from({ length: count }, (_, index) => (first + index * 7) % pool.length);
  return numbers.flatMap((hostNumber) => {
    const host = pool[hostNumber];
    return host === undefined ? [] : [{ ...host, containers: containersOf(random, number, hostNumber) }];
  });
}

function describeHost(seed: number, number: number): Host {
  return {
    id: fakeUuid(`${seed}/host/${number}`),
    name: number === 0 ? '主机 一号' : `node-${String(number).padStart(4, '0')}`,
    agentId: fakeHex(`${seed}/agent/${number}`),
    privateIp: `192.168.1.${number + 1}`,
    ...(number % 4 === 0 && { publicIp: `203.0.113.${number + 100}` }),
  };
}

function containersOf(random: SeededRandom, imageNumber: number, hostNumber: number): Container[] {
  const count = random.weighted([
    [0, 40],
    [1, 40],
    [3, 20],
  ]);
  return Array.from({ length: count }, (_, index) => {
    const name = `c-${imageNumber}-${hostNumber}-${index}`;
    return {
      id: fakeHex(`container/${name}`),
      name,
      podId: fakeUuid(`pod/${name}`),
      podName: `pod-${imageNumber}-${index}`,
    };
  });
}
