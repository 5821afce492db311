/**
 * The images of HSS's own documentation. Ids and integers that the examples write as prose ("111 (example for
 * private images)", "1,000 (bytes)", a digest that ends in XXXXXX) are made valid here.
 */
import type { BasicImageRow, ImageFileRow, LocalImage, RegistryImage } from './rows.js';
import { fakeHex, fakeUuid } from './seeded-random.js';

export const defaultEnterpriseProject = '0';

/**
 * The image of the files and base OS examples. Its id is the hash without "sha256:", since an id has at most 64
 * characters.
 */
const proxyAgentId = '0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';
export const proxyAgentDigest = `sha256:${proxyAgentId}`;
const sharedExampleId = 'cebcdacde18091448a5040dc55bb1a9f6540b093db8000000000000000000000';

const exampleTimes = { latest_scan_time: 1_691_748_641_788, latest_update_time: 1_687_664_346_000 };

const sharedExample = {
  image_digest: `sha256:${sharedExampleId}`,
  image_id: sharedExampleId,
  image_size: 1000,
  ...exampleTimes,
  latest_version: false,
  malicious_file_num: 0,
  namespace: 'aaa',
  scannable: true,
  instance_name: '',
  instance_id: '',
  instance_url: '',
} as const;

const inDefaultProject = (row: RegistryImage['row']): RegistryImage => ({
  enterpriseProjectId: defaultEnterpriseProject,
  row,
});

export const exampleRegistryImages: readonly RegistryImage[] = [
  inDefaultProject({
    id: 9_007_199_254_740_993n,
    namespace: 'scc_hss_container',
    image_name: 'proxy-agent',
    image_id: proxyAgentId,
    image_digest: proxyAgentDigest,
    image_version: '24.5.0-x86_64',
    image_type: 'private_image',
    registry_id: fakeUuid('registry/swr-private'),
    registry_name: 'swr-private',
    registry_type: 'SwrPrivate',
    latest_version: true,
    scan_status: 'success',
    image_size: 215_304_488,
    latest_update_time: 1_709_970_000_000,
    latest_scan_time: 1_709_973_506_292,
    latest_sync_time: 1_709_970_600_000,
    vul_num: 77,
    unsafe_setting_num: null,
    malicious_file_num: 0,
    scannable: true,
    is_multiple_arch: false,
    severity_level: 'High',
    association_images: [],
  }),
  inDefaultProject({
    ...sharedExample,
    id: 111,
    image_name: 'centos7',
    image_type: 'private_image',
    image_version: 'common',
    scan_status: 'success',
    unsafe_setting_num: 1,
    vul_num: 111,
  }),
  inDefaultProject({
    ...sharedExample,
    id: 222,
    domain_name: 'scc_cgs_XXX',
    shared_status: 'effective',
    image_name: 'mysql',
    image_type: 'shared_image',
    image_version: '5.5',
    scan_status: 'failed',
    scan_failed_desc: 'Authentication failed.',
    scan_failed_code: 'authentication_failed',
    unsafe_setting_num: 0,
    vul_num: 0,
  }),
  // HSS's page calls this image shared, which would give two images the same coordinates.
  inDefaultProject({
    ...sharedExample,
    id: 333,
    domain_name: 'scc_cgs_XXX',
    shared_status: 'effective',
    image_name: 'mysql',
    image_type: 'instance_image',
    image_version: '5.5',
    scan_status: 'success',
    unsafe_setting_num: 1,
    vul_num: 111,
    instance_name: 'Enterprise instance name',
  }),
];

export const exampleLocalImage: LocalImage = {
  enterpriseProjectId: defaultEnterpriseProject,
  row: {
    image_id: 'f757deea-781e-45ec-90ec-f199249890df',
    image_name: 'webshell-ljx',
    image_version: 'v1',
    image_digest: 'sha256:ce0b5d91b072730d0bc9518f11efd07eb7fdb9f43251e11a96cab5b1918b7044',
    local_image_type: 'swr_image',
    scan_status: 'success',
    image_size: 215_304_488,
    latest_update_time: 1_697_509_433_000,
    latest_scan_time: 1_709_973_506_292,
    // A host's name beside host_num 0: the contradiction is in HSS's example and is kept.
    host_num: 0,
    container_num: 5,
    component_num: 146,
    vul_num: 77,
    severity_level: 'High',
  },
  hosts: [
    {
      id: '9ad79426-992c-4be4-a2d1-dfd3a75b7c14',
      name: 'myhost',
      agentId: '1c1d073c5fc403eb0d9c3088bc49da4e015586fd4864513a2fd81afedce282d4',
      privateIp: '192.168.0.10',
      publicIp: '203.0.113.10',
      containers: [1, 2, 3, 4, 5].map((number) => ({
        id: fakeHex(`webshell-container-${number}`),
        name: `webshell-${number}`,
        podId: fakeUuid(`webshell-pod-${number}`),
        podName: `webshell-pod-${number}`,
      })),
    },
  ],
  software: ['openssl', 'php', 'apache2'],
};

export const exampleFileCount = 50;

export const exampleFiles: readonly ImageFileRow[] = [
  { size: 5_354_296, file_name: 'ld.gold', file_path: '/usr/bin/' },
  { size: 3_178_200, file_name: 'dwp', file_path: '/usr/bin/' },
  { size: 2_513_000, file_name: 'libcrypto.so.1.0.2k', file_path: '/usr/lib64/' },
  { size: 2_151_672, file_name: 'libc-2.17.so', file_path: '/usr/lib64/' },
  { size: 1_850_464, file_name: 'libdb-5.3.so', file_path: '/usr/lib64/' },
  { size: 1_847_496, file_name: 'libpython2.7.so.1.0', file_path: '/usr/lib64/' },
  { size: 1_722_848, file_name: 'libgio-2.0.so.0.5600.1', file_path: '/usr/lib64/' },
  { size: 1_686_744, file_name: 'libopcodes-2.27-34.base.el7.so', file_path: '/usr/lib64/' },
  { size: 1_620_416, file_name: 'systemd', file_path: '/usr/lib/systemd/' },
  { size: 1_550_080, file_name: 'systemd-analyze', file_path: '/usr/bin/' },
];

export const exampleBasicImages: readonly BasicImageRow[] = [
  {
    os_name: 'Debian',
    os_version: '9',
    layer_digest: 'sha256:27833a3ba0a545deda33bb01eaf95a14d05d43bf30bce9267d92d17f069fe897',
  },
];
