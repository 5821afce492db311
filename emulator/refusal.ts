/**
 * The emulator's refusals, each in the error format of the API gateway, HSS or IAM. Any file may throw a refusal;
 * the gateway adds the request id and makes the answer.
 */
import type { Answer } from './answer.js';

type Origin = 'gateway' | 'hss' | 'iam';

export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    private readonly origin: Origin,
    readonly status: number,
    readonly code: string,
    message: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  toAnswer(requestId: string): Answer {
    return {
      status: this.status,
      headers: this.headers,
      body: this.#bodyWith(requestId),
      errorCode: this.code,
    };
  }

  #bodyWith(requestId: string): object {
    switch (this.origin) {
      case 'gateway':
        return { error_msg: this.message, error_code: this.code, request_id: requestId };
      case 'hss':
        return { error_code: this.code, error_description: this.message, error_msg: this.message };
      case 'iam':
        return this.code.startsWith('IAM.')
          ? { error_msg: this.message, error_code: this.code }
          : { error: { code: this.status, message: this.message, title: this.code } };
    }
  }
}

/** HSS answers every business error with 400; the code tells the errors apart. */
export const hssRefusal = (code: `HSS.${string}`, message: string): Refusal =>
  new Refusal('hss', 400, code, message);

export const invalidParameter = (name: string, rule: string): Refusal =>
  hssRefusal('HSS.0001', `Invalid parameter: ${name} ${rule}`);

export const imageNotFound = (): Refusal => hssRefusal('HSS.0011', 'The image does not exist');

export const notPublished = (): Refusal =>
  new Refusal(
    'gateway',
    404,
    'APIGW.0101',
    'The API does not exist or has not been published in the environment',
  );

export const badGatewayRequest = (status: 400 | 413, message: string): Refusal =>
  new Refusal('gateway', status, 'APIGW.0201', message);

/** Real messages quote the access key and the canonical request: consumers of the emulator must redact both. */
export const unauthorized = (detail: string): Refusal =>
  new Refusal('gateway', 401, 'APIGW.0301', `Incorrect IAM authentication information: ${detail}`);

export const tokenExpired = (): Refusal =>
  new Refusal('gateway', 401, 'APIGW.0307', 'The token must be updated');

export const projectForbidden = (): Refusal =>
  new Refusal('gateway', 403, 'APIGW.0302', 'The IAM user is not authorized to access the API');

export const throttled = (message: string, headers: Readonly<Record<string, string>> = {}): Refusal =>
  new Refusal('gateway', 429, 'APIGW.0308', message, headers);

export const iamThrottled = (headers: Readonly<Record<string, string>> = {}): Refusal =>
  new Refusal('iam', 429, 'IAM.0012', 'The throttling threshold has been reached', headers);

export const iamRefusal = (status: 400 | 401 | 403, message: string): Refusal => {
  const titles = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden' } as const;
  return new Refusal('iam', status, titles[status], message);
};
