/** The image of the tests of the CI gate, and every fault of HSS at which the gate must stop. */
import type { RegistryImageRow } from '../../emulator/data/rows.js';
import type { Fault, FaultKind } from '../../emulator/traffic/faults.js';

/** The digest of an image that the gate lets pass. */
export const good = `sha256:${'5'.repeat(64)}`;

/** Every fault of the emulator. A new kind of fault does not compile until it is in this table. */
export const gateFaults: Record<FaultKind, Fault[]> = {
  status: [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 404, code: 'APIGW.0101' },
    { kind: 'status', status: 400, code: 'HSS.0001' },
    { kind: 'status', status: 400, code: 'HSS.0010' },
    { kind: 'status', status: 400, code: 'HSS.0011' },
  ],
  throttle: [{ kind: 'throttle' }, { kind: 'throttle', retryAfter: '1', text: false }],
  unauthorized: [{ kind: 'unauthorized' }],
  html: [{ kind: 'html' }, { kind: 'html', status: 200 }],
  garbage: [{ kind: 'garbage' }],
  'not-a-list': [{ kind: 'not-a-list' }],
  'missing-data-list': [{ kind: 'missing-data-list' }, { kind: 'missing-data-list', totalNum: 0 }],
  'missing-total': [],
  'short-page': [
    { kind: 'short-page', maxRows: 0 },
    { kind: 'short-page', maxRows: 0, totalNum: null },
  ],
  raw: [
    { kind: 'raw', body: '' },
    { kind: 'raw', body: '{}' },
    { kind: 'raw', body: '{"total_num":1,"data_list":[{}]}' },
    // The image, but without a severity or a scan status that the gate knows.
    { kind: 'raw', body: JSON.stringify({ total_num: 1, data_list: [rowWithout('severity_level')] }) },
    { kind: 'raw', body: JSON.stringify({ total_num: 1, data_list: [rowWithout('scan_status')] }) },
    {
      kind: 'raw',
      body: JSON.stringify({ total_num: 1, data_list: [{ ...goodRow(), severity_level: 'Fine' }] }),
    },
    {
      kind: 'raw',
      body: JSON.stringify({ total_num: 1, data_list: [{ ...goodRow(), scan_status: 'done' }] }),
    },
  ],
  reset: [{ kind: 'reset' }],
  hang: [{ kind: 'hang' }],
  drip: [{ kind: 'drip', bytesPerSecond: 50 }],
  truncate: [{ kind: 'truncate' }],
  huge: [{ kind: 'huge' }],
  // Longer than the timeout of a call. Slow but true answers have tests of their own.
  latency: [{ kind: 'latency', ms: 60_000 }],
};

/** The row of the good image, as HSS sends it. */
export function goodRow(): RegistryImageRow & Record<string, unknown> {
  return {
    image_digest: good,
    image_id: good.slice(7),
    namespace: 'gate',
    image_name: 'good',
    image_version: '1',
    image_type: 'private_image',
    scan_status: 'success',
    severity_level: 'Low',
    vul_num: 1,
    malicious_file_num: 0,
    latest_scan_time: 1_700_000_000_000,
  };
}

function rowWithout(field: string): object {
  return Object.fromEntries(Object.entries(goodRow()).filter(([name]) => name !== field));
}
