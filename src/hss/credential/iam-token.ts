/**
 * Fetches one token from IAM. Used by IamAuthentication, which decides when. A token has up to 32,768 characters
 * and is never written to Redis, a log or an error.
 */
import { toUpstreamError } from '../error-answer.js';
import { isRecord } from '../envelope.js';
import { ConnectionLapsed, CredentialRefused, UpstreamError } from '../errors.js';
import type { Transport } from '../transport.js';
import type { Clock } from '../../time/clock.js';

export interface FetchedToken {
  value: string;
  lifeMs: number;
}

export interface IamUser {
  domain: string;
  user: string;
  password: string;
}

/** Far below the documented 24 hours, for an answer that does not state the token's life. */
const unstatedLifeMs = 10 * 60_000;

/**
 * Asks IAM for a token of one project: POST /v3/auth/tokens, the token in X-Subject-Token.
 * @throws CredentialRefused for a wrong user or password, UpstreamError for every other failure.
 */
export async function fetchIamToken(
  transport: Transport,
  clock: Clock,
  iam: { endpoint: string; projectId: string; timeoutMs: number } & IamUser,
): Promise<FetchedToken> {
  const request = {
    to: 'IAM',
    method: 'POST',
    url: new URL(`${iam.endpoint}/v3/auth/tokens?nocatalog=true`),
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(passwordRequest(iam, iam.projectId)),
    timeoutMs: iam.timeoutMs,
  } as const;
  const answer = await transport.send(request).catch((error: unknown) => {
    if (error instanceof ConnectionLapsed) return transport.send(request);
    throw error;
  });
  if (answer.status !== 200 && answer.status !== 201) {
    const requestId = answer.header('x-request-id');
    const error = toUpstreamError(
      { status: answer.status, body: answer.json(), requestId, retryAfter: answer.header('retry-after') },
      { now: clock.now(), upstreamNow: clock.now() },
    );
    throw error.code === 'upstream-unauthorized'
      ? new CredentialRefused(error.upstream, 'IAM refused the configured user')
      : error;
  }
  const value = answer.header('x-subject-token');
  if (value === null || value === '')
    throw new UpstreamError('upstream-invalid-response', 'IAM answered without a token');
  return { value, lifeMs: readLifeMs(answer.json()) };
}

function passwordRequest(iam: IamUser, projectId: string): object {
  return {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { domain: { name: iam.domain }, name: iam.user, password: iam.password } },
      },
      scope: { project: { id: projectId } },
    },
  };
}

/** expires_at − issued_at, both by IAM's clock, so that our clock does not matter. */
function readLifeMs(body: unknown): number {
  const token = isRecord(body) && isRecord(body['token']) ? body['token'] : {};
  const lifeMs = Date.parse(String(token['expires_at'])) - Date.parse(String(token['issued_at']));
  return lifeMs > 0 ? lifeMs : unstatedLifeMs;
}
