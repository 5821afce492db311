/** IAM's POST /v3/auth/tokens: takes a user's password and a project scope, returns a token in X-Subject-Token. */
import type { Answer } from '../answer.js';
import { iamRefusal } from '../refusal.js';
import type { FailureLock } from './failure-lock.js';
import type { Tokens } from './tokens.js';
import { defaultDomain, type EmulatorUser, type Users } from './users.js';

export interface Project {
  readonly id: string;
  /** Huawei names a region's first project after the region. */
  readonly name: string;
}

export class Iam {
  constructor(
    private readonly users: Users,
    private readonly tokens: Tokens,
    private readonly accountLock: FailureLock,
    private readonly project: Project,
  ) {}

  createToken(body: Buffer): Answer {
    const request = parse(body);
    const methods = at(request, 'auth', 'identity', 'methods');
    if (!Array.isArray(methods) || !methods.includes('password')) {
      throw iamRefusal(400, 'auth.identity.methods must contain password');
    }
    const user = this.#userOf(at(request, 'auth', 'identity', 'password', 'user'));
    this.#checkScope(at(request, 'auth', 'scope', 'project'));
    return this.#tokenAnswer(user);
  }

  #userOf(given: unknown): EmulatorUser {
    const name = at(given, 'name');
    const password = at(given, 'password');
    const domain = at(given, 'domain', 'name');
    if (typeof name !== 'string' || typeof password !== 'string' || typeof domain !== 'string') {
      throw iamRefusal(400, 'user name, password and domain name are required');
    }
    if (this.accountLock.isLocked(name)) {
      throw iamRefusal(401, 'The account is locked because of too many failed logins.');
    }
    const user = this.users.byName(name, domain);
    if (user === undefined || user.password !== password) {
      this.accountLock.fail(name);
      throw iamRefusal(401, 'The username or password is wrong.');
    }
    this.accountLock.succeed(name);
    return user;
  }

  #checkScope(scope: unknown): void {
    const id = at(scope, 'id');
    const name = at(scope, 'name');
    if (typeof id !== 'string' && typeof name !== 'string') {
      throw iamRefusal(400, 'A project scope (auth.scope.project.id or name) is required.');
    }
    if ((id ?? this.project.id) !== this.project.id || (name ?? this.project.name) !== this.project.name) {
      throw iamRefusal(403, 'You are not authorized to perform the requested action.');
    }
  }

  #tokenAnswer(user: EmulatorUser): Answer {
    const { token, issuedAtMs, expiresAtMs } = this.tokens.issue(user);
    const domainName = user.domain ?? defaultDomain;
    const domain = { id: `domain-of-${domainName}`, name: domainName };
    return {
      status: 201,
      headers: { 'X-Subject-Token': token },
      body: {
        token: {
          expires_at: microseconds(expiresAtMs),
          issued_at: microseconds(issuedAtMs),
          methods: ['password'],
          project: { ...this.project, domain },
          roles: [{ id: '0', name: 'hss_read_only' }],
          user: { id: `user-${user.name}`, name: user.name, domain, password_expires_at: '' },
        },
      },
    };
  }
}

/** IAM writes six digits of a second. */
function microseconds(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw iamRefusal(400, 'The request body is not valid JSON.');
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
    value,
  );
}
