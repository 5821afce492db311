/**
 * The IAM users that may call. Each user has a password and any number of access keys; all keys of a user share
 * the user's budget.
 */
import { randomBytes } from 'node:crypto';

export interface AccessKey {
  readonly ak: string;
  readonly sk: string;
  /** Set on temporary keys, which are refused without the security token. */
  readonly securityToken?: string;
}

export interface EmulatorUser {
  readonly name: string;
  readonly password: string;
  /** Account name; default 'emulated-company'. */
  readonly domain?: string;
  readonly keys: readonly AccessKey[];
  /** Enterprise projects the user may read. Default: all. */
  readonly enterpriseProjects?: readonly string[];
}

export interface Credentials extends AccessKey {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  readonly temporary?: Required<AccessKey>;
}

export const defaultDomain = 'emulated-company';

/**
 * The credentials are fixed, so that a printed curl line still works after a restart. Their text shows that they are
 * not real.
 */
const defaultUsers: readonly EmulatorUser[] = [
  {
    name: 'hss-reader',
    password: 'Emulated-Password-1',
    keys: [
      { ak: 'EMULATORAK0000000001', sk: 'emulatorSecretKeyThatOpensNothing0000001' },
      {
        ak: 'EMULATORAK0000000002',
        sk: 'emulatorSecretKeyThatOpensNothing0000002',
        securityToken: 'emulator-security-token-that-opens-nothing',
      },
    ],
  },
];

export class Users {
  #users: readonly EmulatorUser[];

  constructor(users: readonly EmulatorUser[] = defaultUsers) {
    this.#users = users;
    permanentKey(this.first);
  }

  /** The first user's credentials, for the configuration of a test or a demo. */
  get credentials(): Credentials {
    const user = this.first;
    const temporary = user.keys.find((key) => key.securityToken !== undefined);
    return {
      ...permanentKey(user),
      domain: user.domain ?? defaultDomain,
      user: user.name,
      password: user.password,
      ...(temporary && { temporary: temporary as Required<AccessKey> }),
    };
  }

  get first(): EmulatorUser {
    const [user] = this.#users;
    if (user === undefined) throw new Error('At least one user is needed');
    return user;
  }

  byAccessKey(ak: string): { user: EmulatorUser; key: AccessKey } | undefined {
    for (const user of this.#users) {
      const key = user.keys.find((candidate) => candidate.ak === ak);
      if (key !== undefined) return { user, key };
    }
    return undefined;
  }

  byName(name: string, domain?: string): EmulatorUser | undefined {
    return this.#users.find(
      (user) => user.name === name && (domain === undefined || (user.domain ?? defaultDomain) === domain),
    );
  }

  /** Replaces every key. The old keys are unknown from now on. */
  rotateKeys(): void {
    this.#users = this.#users.map((user) => ({
      ...user,
      keys: user.keys.map((key) => ({
        ...key,
        ak: `EMULATORAK${randomBytes(5).toString('hex').toUpperCase()}`,
        sk: randomBytes(20).toString('hex'),
      })),
    }));
  }
}

function permanentKey(user: EmulatorUser): AccessKey {
  const key = user.keys.find((candidate) => candidate.securityToken === undefined);
  if (key === undefined) throw new Error(`User ${user.name} needs an access key without securityToken`);
  return key;
}
