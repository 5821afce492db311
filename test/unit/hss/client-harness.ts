import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Grant } from '../../../src/budget/grant.js';
import type { CallBudget } from '../../../src/budget/call-budget.js';
import type { CallOutcome } from '../../../src/budget/call-outcome.js';
import type { Caller, Load } from '../../../src/budget/load.js';
import { FixedTokenAuthentication, KeyAuthentication } from '../../../src/hss/credential/authentication.js';
import { CredentialGate } from '../../../src/hss/credential/credential-gate.js';
import { LocalCredentialRests, type CredentialRests } from '../../../src/hss/credential/credential-rest.js';
import { IamAuthentication } from '../../../src/hss/credential/iam-authentication.js';
import { readList } from '../../../src/hss/envelope.js';
import { ConnectionLapsed, NotSent, Unavailable } from '../../../src/hss/errors.js';
import type { HssCall } from '../../../src/hss/hss-call.js';
import { HssClient } from '../../../src/hss/hss-client.js';
import { Answer } from '../../../src/hss/answer.js';
import type { OutgoingRequest, Transport } from '../../../src/hss/transport.js';
import { UpstreamClock } from '../../../src/hss/upstream-clock.js';
import type { Log } from '../../../src/telemetry/log.js';
import { TestClock } from '../../support/test-clock.js';

const call: HssCall = { api: 'ListImageLocal', path: ['local-repositories'], query: { limit: '1' } };
export const target = {
  endpoint: 'https://hss.example',
  region: 'r',
  projectId: 'p',
  timeoutMs: 7_000,
  preparationMs: 15_000,
};

export type Reply = Answer | Error;
export type Credential = 'aksk' | 'iam' | 'token';

export function answer(status: number, body: object = {}, headers: Record<string, string> = {}): Answer {
  return new Answer(status, headers, { text: JSON.stringify(body), fault: null });
}

export const rows = (): Answer => answer(200, { total_num: 1, data_list: [{ image_id: 'a' }] });
export const businessError = (): Answer => answer(400, { error_code: 'HSS.0011' });
export const refusal = (headers: Record<string, string> = {}): Answer =>
  answer(401, { error_code: 'APIGW.0301' }, headers);
export const lapsed = (): Error => new ConnectionLapsed('The connection broke off', null, 0, true);
export const notSent = (isTransient: boolean): Error => new NotSent('Not reached', 0, isTransient);
export const noConnection = (): Error => new Unavailable('HSS could not be reached', null, 0, true);

/** Answers from a list, in order. A promise in the list is an exchange that the test ends. */
class FakeTransport {
  readonly sent: OutgoingRequest[] = [];
  replies: (Reply | Promise<Reply>)[] = [];

  readonly send = async (request: OutgoingRequest): Promise<Answer> => {
    this.sent.push(request);
    const reply = await (this.replies.shift() ?? new Error('The test expects no further request'));
    if (reply instanceof Error) throw reply;
    return reply;
  };
}

/** Grants every call at once and keeps what the client reports. */
class FakeBudget {
  readonly outcomes: CallOutcome[][] = [];
  /** Answers of the next grants to "may this call still be sent?"; true once the list is used up. */
  mayStill: (boolean | Promise<boolean>)[] = [];
  allowsRetry: boolean | Promise<boolean> = true;
  refusal: Error | null = null;

  readonly acquire = (): Promise<Grant> => {
    if (this.refusal) return Promise.reject(this.refusal);
    const outcomes: CallOutcome[] = [];
    this.outcomes.push(outcomes);
    return Promise.resolve({
      mayStill: () => Promise.resolve(this.mayStill.shift() ?? true),
      finish: (outcome: CallOutcome) => {
        outcomes.push(outcome);
        return Promise.resolve(this.allowsRetry);
      },
    });
  };
}

/** Answers every refusal of the credential in the same way. */
export function restsUntil(until: number | null): CredentialRests {
  const done = () => Promise.resolve();
  return { acquire: done, accepted: done, released: done, refused: () => Promise.resolve(until) };
}

class FakeLoad implements Load {
  readonly key = 'key';
  readonly callers = new Set<Caller>();
  isUnwanted = false;
  isClaimed: boolean | Promise<boolean> = true;
  readonly #listeners: (() => void)[] = [];

  constructor() {
    const refuse = () => undefined;
    this.callers.add({
      consumer: 'c',
      priority: 'waiting',
      patienceMs: 1_000,
      remainingMs: () => 1_000,
      refuse,
    });
  }

  readonly claim = (): Promise<boolean> => Promise.resolve(this.isClaimed);
  readonly onChange = (listener: () => void): void => void this.#listeners.push(listener);

  hangUp(): void {
    this.callers.clear();
    this.isUnwanted = true;
    for (const listener of this.#listeners) listener();
  }
}

/** An HSS client between a fake transport and a fake budget, on a clock that only the test moves. */
export class ClientHarness {
  readonly clock = TestClock.still();
  readonly transport = new FakeTransport();
  readonly budget = new FakeBudget();
  readonly load = new FakeLoad();
  readonly client: HssClient;
  tokensFetched = 0;
  /** IAM answers once this promise is fulfilled. */
  iamIsReady: Promise<unknown> = Promise.resolve();

  /** @param rests decides how long the credential rests after a refusal. */
  constructor(credential: Credential, replies: (Reply | Promise<Reply>)[], rests?: CredentialRests) {
    this.transport.replies = replies;
    const upstreamClock = new UpstreamClock(this.clock);
    const transport = this.transport as unknown as Transport;
    const budget = this.budget as unknown as CallBudget;
    const log = { warn: () => undefined } as unknown as Log;
    const authentication = this.#authentication(credential, upstreamClock);
    const gate = new CredentialGate(
      rests ?? new LocalCredentialRests(this.clock),
      () => authentication.isReady,
    );
    this.client = new HssClient(
      target,
      transport,
      authentication,
      gate,
      budget,
      upstreamClock,
      this.clock,
      log,
    );
  }

  get sentCount(): number {
    return this.transport.sent.length;
  }

  /** The outcomes that the client reported, one list per grant. */
  get outcomes(): CallOutcome[][] {
    return this.budget.outcomes;
  }

  /** Starts a call. @returns its list or its error. */
  start(): Promise<unknown> {
    return this.client.fetch(call, readList, this.load).catch((error: unknown) => error);
  }

  /** Makes one call from start to end. Pauses before repetitions pass at once. */
  run(): Promise<unknown> {
    return this.end(this.start(), 500);
  }

  /** Waits for the end of a started call, and moves the clock with each turn of the event loop. */
  async end(started: Promise<unknown>, msPerTurn = 0): Promise<unknown> {
    let hasEnded = false as boolean;
    const result = started.finally(() => (hasEnded = true));
    for (let turn = 0; turn < 20 && !hasEnded; turn += 1) {
      await nextTurn();
      this.clock.advance(msPerTurn);
    }
    if (!hasEnded) throw new Error('The call does not end');
    return result;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  }

  #authentication(credential: Credential, upstreamClock: UpstreamClock) {
    if (credential === 'aksk') return new KeyAuthentication({ ak: 'ak', sk: 'sk' }, upstreamClock);
    if (credential === 'token') return new FixedTokenAuthentication('fixed');
    const user = { domain: 'd', user: 'u', password: 'p' };
    return new IamAuthentication(user, this.clock, async () => {
      this.tokensFetched += 1;
      await this.iamIsReady;
      return { value: `token-${this.tokensFetched}`, lifeMs: 3_600_000 };
    });
  }
}
