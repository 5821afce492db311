/** ListRegistryImages. Names are compared exactly; HSS does not say how it compares names. */
import type { RegistryImage } from '../data/rows.js';
import { invalidParameter } from '../refusal.js';
import { listPage, type ApiCall, type ListBody } from './api-call.js';
import { visibleRows } from './enterprise-projects.js';
import { equalsInt64, Filters, hasFindings, isWithin, type TimeRange } from './filters.js';
import type { Parameters } from './parameters.js';

const maxImageSizeBytes = 2_147_483_547n;

export function listRegistryImages(call: ApiCall): ListBody {
  const { parameters } = call;
  const page = parameters.page(1, 200);
  const filters = filtersFrom(parameters, call.data.registryImages, call.nowMs);
  const ordered = orderFrom(parameters)(call.data.registryImages);
  const matches = filters.apply(visibleRows(call, ordered));
  return listPage(matches, page, ({ row }) => row);
}

function filtersFrom(
  parameters: Parameters,
  images: readonly RegistryImage[],
  nowMs: number,
): Filters<RegistryImage> {
  return (
    new Filters<RegistryImage>()
      .where(parameters.text('namespace', 128), ({ row }, wanted) => row.namespace === wanted)
      .where(parameters.text('image_name', 128), ({ row }, wanted) => row.image_name === wanted)
      .where(parameters.text('image_version', 64), ({ row }, wanted) => row.image_version === wanted)
      .where(parameters.text('registry_name', 128), ({ row }, wanted) => row.registry_name === wanted)
      .where(parameters.text('instance_id', 128, 0), ({ row }, wanted) => row.instance_id === wanted)
      .where(parameters.text('instance_name', 128, 0), ({ row }, wanted) => row.instance_name === wanted)
      .where(
        parameters.word('image_type', ['private_image', 'shared_image', 'instance_image', 'harbor', 'jfrog']),
        ({ row }, wanted) => row.image_type === wanted,
      )
      .where(
        parameters.word('scan_status', ['unscan', 'success', 'scanning', 'failed', 'waiting_for_scan']),
        ({ row }, wanted) => row.scan_status === wanted,
      )
      .where(severityFrom(parameters, images), ({ row }, wanted) => row.severity_level === wanted)
      .where(parameters.int64('image_size', maxImageSizeBytes), ({ row }, wanted) =>
        equalsInt64(row.image_size, wanted),
      )
      // "Display latest image versions only": false means no restriction, not only older versions.
      .where(parameters.boolean('latest_version') || undefined, ({ row }) => row.latest_version === true)
      .where(
        parameters.boolean('is_multarch'),
        ({ row }, wanted) => (row.is_multiple_arch === true) === wanted,
      )
      .where(
        parameters.boolean('has_vul'),
        findings((row) => hasFindings(row.vul_num)),
      )
      .where(
        parameters.boolean('has_unsafe_setting'),
        findings((row) => hasFindings(row.unsafe_setting_num)),
      )
      .where(
        parameters.boolean('has_malicious_file'),
        findings((row) => hasFindings(row.malicious_file_num)),
      )
      .where(parameters.boolean('risky'), findings(isRisky))
      .where(timeRange(parameters, 'latest_update_time', nowMs), ({ row }, range) =>
        isWithin(range, row.latest_update_time),
      )
      .where(timeRange(parameters, 'latest_sync_time', nowMs), ({ row }, range) =>
        isWithin(range, row.latest_sync_time),
      )
      .where(
        timeRange(parameters, 'latest_scan_time', nowMs),
        ({ row }, range) => row.scan_status === 'success' && isWithin(range, row.latest_scan_time),
      )
  );
}

/** A documented word, or a word that stands in a row: an HSS with a new word knows it as a filter too. */
function severityFrom(parameters: Parameters, images: readonly RegistryImage[]): string | undefined {
  const wanted = parameters.text('severity_level', 64);
  if (wanted === undefined || images.some(({ row }) => row.severity_level === wanted)) return wanted;
  return parameters.word('severity_level', ['Security', 'Low', 'Medium', 'High']);
}

/** Only scanned images match, for true and for false: the findings of unscanned images are unknown. */
function findings(present: (row: RegistryImage['row']) => boolean) {
  return ({ row }: RegistryImage, wanted: boolean) =>
    row.scan_status === 'success' && present(row) === wanted;
}

function isRisky(row: RegistryImage['row']): boolean {
  return [row.vul_num, row.unsafe_setting_num, row.malicious_file_num].some(hasFindings);
}

/** A missing start is 0 and a missing end is now. */
function timeRange(parameters: Parameters, field: string, nowMs: number): TimeRange | undefined {
  const from = parameters.int64(`start_${field}`);
  const to = parameters.int64(`end_${field}`);
  if (from === undefined && to === undefined) return undefined;
  const range = { from: Number(from ?? 0n), to: to === undefined ? nowMs : Number(to) };
  if (range.from > range.to) throw invalidParameter(`start_${field}`, `must not be after end_${field}`);
  return range;
}

/** Each state of the list in the order of the scans, since a list is read far more often than changed. */
const sortedBy = {
  1: new WeakMap<readonly RegistryImage[], readonly RegistryImage[]>(),
  [-1]: new WeakMap<readonly RegistryImage[], readonly RegistryImage[]>(),
};

/**
 * An image that was never scanned counts as 0. sort_dir has no effect without sort_key: the order is the data's
 * own.
 */
function orderFrom(parameters: Parameters): (images: readonly RegistryImage[]) => readonly RegistryImage[] {
  const key = parameters.word('sort_key', ['latest_scan_time']);
  const direction = parameters.word('sort_dir', ['asc', 'desc']) === 'desc' ? -1 : 1;
  if (key === undefined) return (images) => images;
  const scanTime = ({ row }: RegistryImage) => Number(row.latest_scan_time ?? 0);
  const sorted = sortedBy[direction];
  return (images) => {
    const known = sorted.get(images);
    if (known) return known;
    const made = images
      .map((image) => ({ image, time: direction * scanTime(image) }))
      .sort((a, b) => a.time - b.time)
      .map(({ image }) => image);
    sorted.set(images, made);
    return made;
  };
}
