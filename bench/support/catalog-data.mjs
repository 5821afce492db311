// A made-up catalog of any size, the same at every run: images of a company with a few thousand repositories. Each
// image is on three hosts; the files of a tenth of the images are known. Comes in chunks, so that making it takes
// no memory.
const filesPerImage = 200;
const mostWithFiles = 10_000;
const rowsPerImage = 3;

/** Numbers that look random and are the same for the same seed. */
function chance(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const hex = (number, length) => {
  let text = '';
  for (let part = 0; text.length < length; part += 1)
    text += (Math.imul(number + 1, 0x9e3779b1 + part * 0x85ebca6b) >>> 0).toString(16).padStart(8, '0');
  return text.slice(0, length);
};

export const digestOf = (image) => hex(image, 64);
/** A host has one agent. */
export const hostOf = (number) => ({
  hostId: hex(number + 7_000_000, 32),
  name: `node-${number}`,
  agentId: hex(number, 64),
});
const at = (ms) => new Date(ms).toISOString();
const epoch = Date.UTC(2026, 0, 1);
/** Content is fresh. */
const readAt = Date.now();
const severities = ['none', 'low', 'medium', 'medium', 'high', null];
const systems = [
  'Debian 9',
  'Debian 11',
  'Debian 12',
  'Alpine 3.18',
  'CentOS 7',
  'Ubuntu 22.04',
  'openEuler 22.03',
];

export function imageNameOf(image) {
  return {
    namespace: `team-${image % 60}`,
    name: `area-${image % 300}/service-${image % 5_000}`,
    tag: `v${Math.floor(image / 5_000)}.${image % 13}.${image % 7}`,
  };
}

function imageOf(image) {
  const next = chance(image);
  const digest = digestOf(image);
  const imageName = imageNameOf(image);
  const scanned = image % 10 < 8;
  const scan = {
    status: scanned ? 'completed' : image % 10 === 8 ? 'not-scanned' : 'failed',
    scannedAt: scanned ? at(epoch + image * 1_000) : null,
    failure: null,
  };
  const common = {
    imageId: digest,
    digest: `sha256:${digest}`,
    sizeBytes: next(900_000_000),
    severity: scanned ? severities[next(severities.length)] : null,
    scan,
    findingCounts: scanned
      ? { vulnerabilities: next(300), unsafeSettings: next(6), maliciousFiles: next(200) === 0 ? 1 : 0 }
      : { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null },
    updatedAt: at(epoch + image * 900),
  };
  const row = {
    ...common,
    ...imageName,
    type: image % 20 === 0 ? 'shared_image' : 'private_image',
    entryId: String(10_000_000 + image),
    latestVersion: true,
    syncedAt: at(epoch + image * 950),
    multiArch: image % 40 === 0,
    scannable: true,
    owner: null,
    sharedStatus: null,
    registry: { id: `r-${image % 5}`, name: `registry-${image % 5}`, type: 'SwrPrivate' },
    instance: { id: null, name: null, url: null },
    variants: [],
  };
  const onHosts = Array.from({ length: rowsPerImage }, (_, nth) => {
    const { hostId, name, agentId } = hostOf(next(3_000));
    const rowKey = `local/${digest}/${digest}/swr_image/${imageName.name}/${imageName.tag}/${hostId}-${nth}`;
    return {
      rowKey,
      readAt: epoch,
      row: {
        ...common,
        localType: 'swr_image',
        name: imageName.name,
        tag: imageName.tag,
        hostCount: rowsPerImage,
        containerCount: next(4),
        componentCount: next(100),
        host: { hostId, name, agentId },
        notScannableReason: null,
      },
    };
  });
  return {
    key: digest,
    serial: image + 1,
    appearedAt: epoch + image * 1_000,
    entries: [{ rowKey: `registry/${row.entryId}`, readAt: epoch, variantOf: null, row }],
    onHosts,
  };
}

/** Images with the same base share most of their files. */
const fileOf = (number) => ({
  name: number === 77 ? 'libcrypto.so.1.0.2k' : `lib${number % 30_000}.so.${number % 11}`,
  path: `/usr/lib/x86_64-linux-gnu/${number % 500}/`,
  sizeBytes: number * 17,
});

function contentOf(image, count) {
  const next = chance(image + 99);
  const [osName, osVersion] = systems[image % systems.length].split(' ');
  const scannedUntil = at(epoch + image * 1_000);
  const first = next(500) * 190;
  const files = Array.from({ length: filesPerImage }, (_, nth) =>
    fileOf(nth < 150 ? first + nth : next(100_000)),
  );
  const { namespace, name, tag } = imageNameOf(image);
  const of = { imageId: digestOf(image), type: 'private_image', namespace, name, tag };
  const rows = [{ osName, osVersion, layerDigest: `sha256:${digestOf(image % 50)}` }];
  return {
    key: digestOf(image),
    of,
    baseOs: { rows, readAt, scannedUntil },
    files: image < count ? { rows: files, readAt, scannedUntil } : null,
  };
}

/** The documents of a base of the log. A tenth of the images have base OS and files. */
export async function* catalogOf(images) {
  const withFiles = Math.min(images / 10, mostWithFiles);
  const chunk = 200;
  for (let from = 0; from < images; from += chunk) {
    const numbers = Array.from({ length: Math.min(chunk, images - from) }, (_, index) => from + index);
    const contents = numbers.filter((image) => image < withFiles).map((image) => contentOf(image, withFiles));
    // Parsed as from the log: strings made by concatenation take more memory than parsed strings.
    yield JSON.parse(JSON.stringify({ images: numbers.map(imageOf), contents }));
  }
}
