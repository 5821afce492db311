/** Turns a true answer into the answer that a fault asks for. Faults of the connection leave the answer unchanged. */
import type { Answer } from '../answer.js';
import { iamThrottled, throttled, unauthorized, type Refusal } from '../refusal.js';
import type { Api } from '../routes.js';
import type { Fault } from './faults.js';
import { thresholdText, type RateRule } from './throttle.js';

export interface FaultScene {
  readonly api: Api;
  readonly requestId: string;
  /** The rate that a 429 made by a fault names. */
  readonly rule: RateRule;
  /** The text that a real 401 would quote: the access key and the canonical request, or the token. */
  readonly credentialEcho: string;
}

export function answerUnder(fault: Fault, genuine: Answer, scene: FaultScene): Answer {
  const refuse = (refusal: Refusal) => refusal.toAnswer(scene.requestId);
  switch (fault.kind) {
    case 'status': {
      const code = fault.code ?? `APIGW.${String(fault.status).padStart(4, '0')}`;
      const message = fault.message ?? `Injected fault: status ${fault.status}`;
      const made = { error_msg: message, error_code: code, request_id: scene.requestId };
      return {
        status: fault.status,
        body: fault.body ?? made,
        ...(fault.headers && { headers: fault.headers }),
        errorCode: code,
      };
    }
    case 'throttle': {
      const headers = fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter };
      if (scene.api === 'CreateToken') return refuse(iamThrottled(headers));
      const text =
        fault.text === false ? 'The throttling threshold has been reached' : thresholdText(scene.rule);
      return refuse(throttled(text, headers));
    }
    case 'unauthorized':
      return refuse(unauthorized(`verify aksk signature fail, ${scene.credentialEcho}`));
    case 'html':
      return {
        status: fault.status ?? 502,
        headers: { 'Content-Type': 'text/html' },
        body: '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>',
      };
    case 'garbage':
      return {
        status: 200,
        headers: { 'Content-Type': 'application/json' },
        body: '{"total_num": 1, "data_list": [{',
      };
    case 'not-a-list':
      return { status: 200, body: { ...bodyOf(genuine), data_list: { '0': 'not a list' } } };
    case 'missing-data-list': {
      const { total_num } = bodyOf(genuine);
      return { status: 200, body: { total_num: fault.totalNum ?? total_num } };
    }
    case 'missing-total': {
      const { data_list } = bodyOf(genuine);
      return { status: 200, body: { data_list } };
    }
    case 'short-page': {
      const { total_num, data_list } = bodyOf(genuine);
      if (!Array.isArray(data_list)) return genuine;
      const total = fault.totalNum === undefined ? total_num : fault.totalNum;
      const rows: unknown[] = data_list.slice(0, fault.maxRows);
      return { status: 200, body: { ...(total !== null && { total_num: total }), data_list: rows } };
    }
    case 'raw':
      return {
        status: fault.status ?? 200,
        headers: { 'Content-Type': 'application/json', ...fault.headers },
        body: fault.body,
      };
    default:
      return genuine;
  }
}

function bodyOf(answer: Answer): { total_num?: unknown; data_list?: unknown } {
  return typeof answer.body === 'string' ? {} : answer.body;
}
