/**
 * ListImageLocal. A row is one image on one host, or one image with all its hosts: HSS does not say which, so the
 * dataset's listing mode decides. A name in a filter matches a part of a name, in its case; an id or an address
 * matches the whole, as the official SDKs document.
 */
import type { ListedImage } from '../data/listed-rows.js';
import type { Container, LocalHost } from '../data/rows.js';
import { listPage, type ApiCall, type ListBody } from './api-call.js';
import { visibleRows } from './enterprise-projects.js';
import { equalsInt64, Filters, hasFindings, isWithin, textOf, type TimeRange } from './filters.js';
import type { Parameters } from './parameters.js';

export function listLocalImages(call: ApiCall): ListBody {
  const page = call.parameters.page(10, 200);
  const filters = filtersFrom(call.parameters);
  return listPage(filters.apply(visibleRows(call, call.data.localRows)), page, rowOf);
}

function filtersFrom(parameters: Parameters): Filters<ListedImage> {
  const name = parameters.text('image_name', 256);
  const version = parameters.text('image_version', 128);
  const size = parameters.int64('image_size');
  const filters = new Filters<ListedImage>()
    .where(name, ({ row }, wanted) => textOf(row.image_name).includes(wanted))
    // HSS documents that a version takes effect only together with a name.
    .where(name === undefined ? undefined : version, ({ row }, wanted) => row.image_version === wanted)
    // The filter says waiting_for_scan, the rows say waiting. An unknown word matches no row.
    .where(
      parameters.text('scan_status', 32, 0),
      ({ row }, wanted) =>
        wanted !== 'waiting' && row.scan_status === (wanted === 'waiting_for_scan' ? 'waiting' : wanted),
    )
    .where(parameters.text('local_image_type', 64, 0), ({ row }, wanted) => row.local_image_type === wanted)
    // 0 is the documented default: not set.
    .where(size === 0n ? undefined : size, ({ row }, wanted) => equalsInt64(row.image_size, wanted))
    .where(
      parameters.boolean('has_vul'),
      ({ row }, wanted) => row.scan_status === 'success' && hasFindings(row.vul_num) === wanted,
    )
    .where(timePair(parameters, 'latest_update_time'), ({ row }, range) =>
      isWithin(range, row.latest_update_time),
    )
    .where(
      timePair(parameters, 'latest_scan_time'),
      ({ row }, range) => row.scan_status === 'success' && isWithin(range, row.latest_scan_time),
    )
    .where(parameters.text('app_name', 128, 0), ({ software }, wanted) =>
      software.some((each) => each.includes(wanted)),
    );
  return withHostFilters(filters, parameters);
}

function withHostFilters(filters: Filters<ListedImage>, parameters: Parameters): Filters<ListedImage> {
  const onHost = (matches: (host: LocalHost, wanted: string) => boolean) => {
    return (image: ListedImage, wanted: string) => image.listedHosts.some((host) => matches(host, wanted));
  };
  const onContainer = (matches: (container: Container, wanted: string) => boolean) =>
    onHost((host, wanted) => host.containers.some((container) => matches(container, wanted)));
  const read = (name: string) => parameters.text(name, 128, 0);
  return filters
    .where(
      read('host_name'),
      onHost((host, wanted) => textOf(host.name).includes(wanted)),
    )
    .where(
      read('host_id'),
      onHost((host, wanted) => host.id === wanted),
    )
    .where(
      read('host_ip'),
      onHost((host, wanted) => host.privateIp === wanted || host.publicIp === wanted),
    )
    .where(
      read('container_id'),
      onContainer((container, wanted) => container.id === wanted),
    )
    .where(
      read('container_name'),
      onContainer((container, wanted) => container.name.includes(wanted)),
    )
    .where(
      read('pod_id'),
      onContainer((container, wanted) => container.podId === wanted),
    )
    .where(
      read('pod_name'),
      onContainer((container, wanted) => container.podName.includes(wanted)),
    )
    .where(
      parameters.boolean('has_container'),
      (image, wanted) => image.listedHosts.some((host) => host.containers.length > 0) === wanted,
    );
}

/**
 * Times count only as a pair with the start before the end; any other pair makes the filter void. An end of 0, the
 * documented default, means not set.
 */
function timePair(parameters: Parameters, field: string): TimeRange | undefined {
  const from = parameters.int64(`start_${field}`);
  const to = parameters.int64(`end_${field}`) || undefined;
  return from === undefined || to === undefined || from >= to
    ? undefined
    : { from: Number(from), to: Number(to) };
}

function rowOf({ row, hosts, listedHosts }: ListedImage): object {
  const [host] = listedHosts;
  return {
    host_num: hosts.length,
    container_num: listedHosts.reduce((sum, { containers }) => sum + containers.length, 0),
    ...(host && { host_name: host.name, host_id: host.id, agent_id: host.agentId }),
    ...row,
  };
}
