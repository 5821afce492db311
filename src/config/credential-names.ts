/**
 * Names the HSS user behind a credential. The names keep the data and the calls of different users apart in Redis.
 * They contain no secret: a hash of a key or token is cut to 64 bits.
 */
import { createHash } from 'node:crypto';
import type { Environment } from './environment.js';
import type { HssConfig } from './hss.js';

export interface CredentialNames {
  /** Part of the keys of cache and catalog. */
  readonly user: string;
  /** The names that release 0.1.0 used in place of `user`, the most likely first. */
  readonly formerUsers: readonly string[];
}

/** @param hss undefined for the demo. */
export function credentialNames({ values }: Environment, hss: HssConfig | undefined): CredentialNames {
  const { HSS_USER: named, IAM_USER: iamUser } = values;
  const unnamed = iamUser ?? 'default';
  return {
    user: named ?? userOf(hss),
    formerUsers: named === undefined || named === unnamed ? [unnamed] : [named, unnamed],
  };
}

/**
 * The user whose rate the calls use. HSS counts calls per user. Several keys of one user share a budget only if
 * HSS_USER names the user.
 */
export function budgetUser({ values }: Environment, hss: HssConfig | undefined): string {
  if (values.HSS_USER !== undefined) return values.HSS_USER;
  // A token changes daily; the project stays the same.
  return hss?.auth.kind === 'token' ? `token-${fingerprint(hss.projectId)}` : userOf(hss);
}

/** A credential without a name is a user of its own: another credential can have other rights. */
function userOf(hss: HssConfig | undefined): string {
  switch (hss?.auth.kind) {
    case undefined:
      return 'demo';
    case 'iam':
      return hss.auth.user;
    case 'aksk':
      return `ak-${fingerprint(hss.auth.ak)}`;
    case 'token':
      return `token-${fingerprint(hss.auth.token)}`;
  }
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
