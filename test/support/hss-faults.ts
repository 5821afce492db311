/** Every way in which HSS may fail, with the service's documented answer to each. */
import type { Fault } from '../../emulator/traffic/faults.js';
import { proxyAgent } from './proxy-agent.js';

/** The paths of the tests, by the name of the route. */
export const routes = {
  'registry images': '/v1/registry-images',
  'local images': '/v1/local-images',
  files: proxyAgent.replace('?', '/files?'),
  'base OS': proxyAgent.replace('?', '/base-os?'),
  'the merged answer': proxyAgent,
};

/** Text from HSS that must never reach a consumer or the log. */
const upstreamText = 'TEXT-OF-HSS canonicalRequest:GET';

/** A fault of HSS and the service's answer to it. */
export interface FaultCase {
  name: string;
  fault: Fault;
  /** The code of the problem. `ok`: the service reads the answer of HSS leniently and accepts it. */
  code: string;
  /** In seconds, for faults where HSS or the rate determines it. */
  retryAfter?: number;
  /** The call may work a moment later: the service repeats the call once. */
  retried?: true;
  /** The service's answer if it does not return stale data: HSS says that the image is gone, or its answer is accepted. */
  warm?: 'not-found' | 'ok';
}

const status = (
  httpStatus: number,
  code: string | undefined,
  problem: string,
  more: Partial<FaultCase> = {},
): FaultCase => ({
  name: `status ${httpStatus} ${code ?? ''}`,
  fault: {
    kind: 'status',
    status: httpStatus,
    message: upstreamText,
    ...(code === undefined ? {} : { code }),
  },
  code: problem,
  ...more,
});

const raw = (
  name: string,
  httpStatus: number,
  body: string,
  problem: string,
  more: Partial<FaultCase> & { headers?: Record<string, string> } = {},
): FaultCase => ({
  name,
  fault: { kind: 'raw', status: httpStatus, body, headers: more.headers ?? {} },
  code: problem,
  ...more,
});

const retried = { retried: true } as const;

/** A body that is not what its header says. */
const noGzip = { 'Content-Encoding': 'gzip' };
const after17s = { 'Retry-After': '17' };

export const faultCases: FaultCase[] = [
  status(400, undefined, 'upstream-invalid-response'),
  status(401, undefined, 'upstream-unauthorized'),
  status(403, undefined, 'upstream-unauthorized'),
  status(404, undefined, 'upstream-invalid-response'),
  status(408, undefined, 'upstream-unavailable', retried),
  status(500, undefined, 'upstream-unavailable'),
  status(500, 'HSS.0011', 'upstream-unavailable'),
  status(502, undefined, 'upstream-unavailable', retried),
  status(503, undefined, 'upstream-unavailable', retried),
  status(504, undefined, 'upstream-unavailable', retried),
  status(302, undefined, 'upstream-invalid-response'),
  status(400, 'HSS.0001', 'invalid-request'),
  status(400, 'HSS.0002', 'invalid-request'),
  status(400, 'HSS.0010', 'upstream-unauthorized'),
  status(400, 'HSS.0011', 'not-found', { warm: 'not-found' }),
  status(400, 'HSS.0013', 'upstream-unauthorized'),
  status(400, '00000010', 'upstream-unauthorized'),
  status(404, 'APIGW.0101', 'upstream-unsupported'),
  status(504, 'APIGW.0201', 'upstream-unavailable', retried),
  status(401, 'APIGW.0301', 'upstream-unauthorized'),
  status(403, 'APIGW.0302', 'upstream-unauthorized'),
  status(401, 'APIGW.0307', 'upstream-unauthorized'),
  status(429, 'APIGW.0308', 'upstream-throttled', { retryAfter: 60 }),
  status(503, 'APIGW.0613', 'upstream-unavailable', retried),
  raw(
    'an error of the older shape',
    400,
    '{"error_code":"00000010","error_description":"拒绝访问"}',
    'upstream-unauthorized',
  ),
  raw('an error inside an error', 400, '{"error":{"code":"HSS.0011","message":"x"}}', 'not-found', {
    warm: 'not-found',
  }),
  raw('an error in camel case', 400, '{"errorCode":"HSS.0001","errorMsg":"x"}', 'invalid-request'),
  raw('a bare code', 404, '{"code":"APIGW.0101","message":"x"}', 'upstream-unsupported'),
  raw('a code under a 200', 200, '{"error_code":"HSS.0011","error_msg":"x"}', 'not-found', {
    warm: 'not-found',
  }),
  raw('a nested code under a 200', 200, '{"error":{"code":"HSS.9999"}}', 'upstream-invalid-response'),
  raw('a 429 that is no gzip', 429, upstreamText, 'upstream-throttled', {
    headers: { ...noGzip, ...after17s },
    retryAfter: 17,
  }),
  raw('a 429 that says not found', 429, '{"error_code":"HSS.0011"}', 'upstream-throttled', {
    retryAfter: 60,
  }),
  raw('a 401 that is no gzip', 401, upstreamText, 'upstream-unauthorized', { headers: noGzip }),
  raw('a 502 that is no gzip', 502, upstreamText, 'upstream-unavailable', { headers: noGzip, ...retried }),
  raw('a 200 that is no gzip', 200, upstreamText, 'upstream-invalid-response', { headers: noGzip }),
  raw('a 503 with Retry-After', 503, upstreamText, 'upstream-unavailable', {
    headers: after17s,
    retryAfter: 17,
  }),
  raw('a byte order mark', 200, '\uFEFF{"total_num":0,"data_list":[]}', 'ok', { warm: 'ok' }),
  raw('plain text', 400, upstreamText, 'upstream-invalid-response'),
  raw('an empty body', 200, '', 'upstream-invalid-response'),
  raw('a list without its envelope', 200, '[]', 'upstream-invalid-response'),
  raw('null', 200, 'null', 'upstream-invalid-response'),
  raw('absurd nesting', 200, '['.repeat(200_000), 'upstream-invalid-response'),
  raw('text that is not UTF-8', 200, '{"data_list":"\uD800', 'upstream-invalid-response'),
  raw('an empty object', 200, '{}', 'ok', { warm: 'ok' }),
  { name: 'throttle', fault: { kind: 'throttle' }, code: 'upstream-throttled', retryAfter: 60 },
  {
    name: 'throttle without words',
    fault: { kind: 'throttle', text: false },
    code: 'upstream-throttled',
    retryAfter: 60,
  },
  {
    name: 'throttle with Retry-After',
    fault: { kind: 'throttle', retryAfter: '17' },
    code: 'upstream-throttled',
    retryAfter: 17,
  },
  { name: 'unauthorized', fault: { kind: 'unauthorized' }, code: 'upstream-unauthorized' },
  { name: 'reset', fault: { kind: 'reset' }, code: 'upstream-unavailable', retried: true },
  { name: 'hang', fault: { kind: 'hang' }, code: 'upstream-unavailable', retried: true },
  {
    name: 'drip',
    fault: { kind: 'drip', bytesPerSecond: 20 },
    code: 'upstream-unavailable',
    retried: true,
  },
  { name: 'truncate', fault: { kind: 'truncate' }, code: 'upstream-invalid-response' },
  { name: 'html', fault: { kind: 'html' }, code: 'upstream-unavailable', retried: true },
  { name: 'html under a 200', fault: { kind: 'html', status: 200 }, code: 'upstream-invalid-response' },
  { name: 'garbage', fault: { kind: 'garbage' }, code: 'upstream-invalid-response' },
  { name: 'huge', fault: { kind: 'huge' }, code: 'upstream-invalid-response' },
  { name: 'not-a-list', fault: { kind: 'not-a-list' }, code: 'upstream-invalid-response' },
  { name: 'missing-data-list', fault: { kind: 'missing-data-list' }, code: 'upstream-invalid-response' },
  {
    name: 'missing-data-list of 0',
    fault: { kind: 'missing-data-list', totalNum: 0 },
    code: 'ok',
    warm: 'ok',
  },
  { name: 'missing-total', fault: { kind: 'missing-total' }, code: 'ok', warm: 'ok' },
];
