import type { CredentialNames } from './credential-names.js';
import type { HssConfig } from './hss.js';

/** The names under which instances share what they read from HSS. No secrets. */
export interface DataScope {
  /** Instances with the same scope share cache and catalog. */
  scope: string;
  /** The scopes under which release 0.1.0 can have kept the same data, the most likely first. */
  formerScopes: readonly string[];
}

/** Each HSS, region, project and HSS user has its own scope: another user can have other rights. */
export function dataScope(
  { endpoint, region, projectId }: Pick<HssConfig, 'endpoint' | 'region' | 'projectId'>,
  { user, formerUsers }: CredentialNames,
): DataScope {
  const { host } = new URL(endpoint);
  return {
    scope: joined(host, region, projectId, user),
    formerScopes: formerUsers.map((former) => joined(region, projectId, former)),
  };
}

/** Encodes each part, so that different parts never give one text. */
function joined(...parts: string[]): string {
  return parts.map(encodeURIComponent).join(':');
}
