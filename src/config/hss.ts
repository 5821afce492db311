/**
 * Decides between the real HSS and the demo, and reads the address and the credentials of the real HSS. Notes all
 * missing settings at once.
 */
import { regionEndpoint } from './endpoints.js';
import type { Environment } from './environment.js';
import { usesRedis } from './redis.js';
import type { SettingName } from './settings.js';

export type HssAuth =
  | { readonly kind: 'aksk'; readonly ak: string; readonly sk: string; readonly securityToken?: string }
  | { readonly kind: 'iam'; readonly domain: string; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string };

export interface HssConfig {
  /** `endpoint` and `iamEndpoint` have no trailing slash. */
  readonly endpoint: string;
  readonly iamEndpoint: string;
  readonly region: string;
  readonly projectId: string;
  readonly enterpriseProjectId: string | undefined;
  readonly auth: HssAuth;
  /** Reads the credential's files again; there for a credential from files. Undefined when they hold nothing usable. */
  readonly rereadAuth?: () => HssAuth | undefined;
  /** Limit for one call in total. */
  readonly timeoutMs: number;
}

const credentials = {
  aksk: { needed: ['CLOUD_SDK_AK', 'CLOUD_SDK_SK'], optional: ['CLOUD_SDK_SECURITY_TOKEN'] },
  iam: { needed: ['IAM_DOMAIN', 'IAM_USER', 'IAM_PASSWORD'], optional: [] },
  token: { needed: ['HSS_TOKEN'], optional: [] },
} as const satisfies Record<
  HssAuth['kind'],
  { needed: readonly SettingName[]; optional: readonly SettingName[] }
>;
const kinds = Object.keys(credentials) as readonly HssAuth['kind'][];

/**
 * Each of these settings selects the real HSS. The list has names and no prefixes, because images with Google's SDK set
 * CLOUD_SDK_VERSION.
 */
const asksForHss: readonly SettingName[] = [
  'HSS_REGION',
  'HSS_ENDPOINT',
  'HSS_PROJECT_ID',
  'HSS_AUTH',
  'IAM_ENDPOINT',
  ...kinds.flatMap((kind) => namesOf(kind)),
];

/** @returns why the real HSS is selected; undefined for the demo. */
export function reasonForHss({ given }: Environment, production: boolean): string | undefined {
  const name = asksForHss.find((setting) => given.has(setting));
  if (name !== undefined) return `${given.get(name) ?? name} is set`;
  return production ? 'NODE_ENV=production has no demo' : undefined;
}

/** @returns undefined only after noting at least one problem. */
export function hssConfig(
  environment: Environment,
  reason: string,
  production: boolean,
  reread: () => Environment,
): HssConfig | undefined {
  const { values, given, problems } = environment;
  for (const name of ['HSS_REGION', 'HSS_PROJECT_ID'] as const) {
    if (!given.has(name)) problems.push(`${name} is missing: the real HSS needs it, and ${reason}`);
  }
  const auth = hssAuth(environment, reason, production);
  const { HSS_REGION: region, HSS_PROJECT_ID: projectId } = values;
  if (region === undefined || projectId === undefined || auth === undefined) return undefined;
  return {
    endpoint: values.HSS_ENDPOINT ?? regionEndpoint('hss', region),
    iamEndpoint: values.IAM_ENDPOINT ?? regionEndpoint('iam', region),
    region,
    projectId,
    enterpriseProjectId: values.HSS_ENTERPRISE_PROJECT_ID,
    auth,
    ...(namesGiven(environment, auth.kind).some((name) => name.endsWith('_FILE')) && {
      rereadAuth: () => {
        const again = reread();
        return again.problems.length > 0 ? undefined : authOf(again, auth.kind);
      },
    }),
    timeoutMs: values.HSS_TIMEOUT,
  };
}

function hssAuth(environment: Environment, reason: string, production: boolean): HssAuth | undefined {
  const { values, given, problems } = environment;
  const present = kinds
    .map((kind) => ({ kind, names: namesGiven(environment, kind) }))
    .filter(({ names }) => names.length > 0);

  if (!given.has('HSS_AUTH') && present.length !== 1) {
    const choices = kinds.map((kind) => `${kind} (with ${credentials[kind].needed.join(', ')})`).join(', ');
    const found = present.map(({ kind, names }) => `${names.join(', ')} for ${kind}`).join(', ');
    problems.push(
      present.length === 0
        ? `HSS_AUTH is missing: one of ${choices}, and ${reason}`
        : `HSS_AUTH is missing and the credentials contradict each other: ${found}; keep the credentials of one kind`,
    );
    return undefined;
  }

  // Credentials of a single kind select this kind, even when some of the credentials are missing.
  const kind = given.has('HSS_AUTH') ? values.HSS_AUTH : present[0]?.kind;
  if (kind === undefined) return undefined;
  for (const other of present.filter((one) => one.kind !== kind)) {
    problems.push(
      `HSS_AUTH=${kind} contradicts ${other.names.join(', ')}: these settings belong to ${other.kind}`,
    );
  }
  for (const name of credentials[kind].needed) {
    if (!given.has(name)) problems.push(`${name} is missing: HSS_AUTH=${kind} needs it`);
  }
  // Without a name, each new key would begin with an empty cache and an empty catalog.
  if (production && kind !== 'iam' && usesRedis(environment) && !given.has('HSS_USER')) {
    problems.push(
      `HSS_USER is missing: NODE_ENV=production with Redis and HSS_AUTH=${kind} needs it. Set it to the name of the ` +
        'IAM user, the same for all keys and tokens of this user: it names cache, catalog and call budget',
    );
  }
  return authOf(environment, kind);
}

function namesGiven({ given }: Environment, kind: HssAuth['kind']): string[] {
  return namesOf(kind).flatMap((name) => given.get(name) ?? []);
}

function namesOf(kind: HssAuth['kind']): SettingName[] {
  return [...credentials[kind].needed, ...credentials[kind].optional];
}

function authOf({ values }: Environment, kind: HssAuth['kind']): HssAuth | undefined {
  switch (kind) {
    case 'aksk': {
      const { CLOUD_SDK_AK: ak, CLOUD_SDK_SK: sk, CLOUD_SDK_SECURITY_TOKEN: securityToken } = values;
      if (ak === undefined || sk === undefined) return undefined;
      return { kind, ak, sk, ...(securityToken !== undefined && { securityToken }) };
    }
    case 'iam': {
      const { IAM_DOMAIN: domain, IAM_USER: user, IAM_PASSWORD: password } = values;
      if (domain === undefined || user === undefined || password === undefined) return undefined;
      return { kind, domain, user, password };
    }
    case 'token':
      return values.HSS_TOKEN === undefined ? undefined : { kind, token: values.HSS_TOKEN };
  }
}
