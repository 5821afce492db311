/**
 * The Emulator's control methods over HTTP under /__emulator/, for users who run the emulator as a program. Only
 * for callers on this machine; never journalled, never throttled.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toJson } from '../json.js';
import { emulatedApis } from '../routes.js';
import type { Emulator } from '../running-emulator.js';
import type { JournalApi } from '../traffic/journal.js';
import type { Rate } from '../traffic/throttle.js';
import {
  anyNumber,
  BadControlInput,
  check,
  flag,
  integer,
  oneOf,
  optional,
  parseObject,
  text,
  type JsonObject,
} from './control-input.js';
import { changeData } from './data-input.js';
import { faultFrom } from './fault-input.js';

type Action = (input: JsonObject) => unknown;

const rateFields = {
  limit: integer(1),
  windowMs: integer(1),
  kind: optional(oneOf(['sliding', 'fixed'])),
  phaseMs: optional(integer(0)),
  countRejected: optional(flag),
};

export class Control {
  readonly #actions: Readonly<Record<string, Action>>;

  constructor(private readonly emulator: Emulator) {
    this.#actions = {
      'GET info': (input) => this.#info(input),
      'GET journal': (input) => emulator.journal.calls(apiFrom(input)),
      'DELETE journal': (input) => runWithoutInput(input, () => emulator.journal.clear()),
      'GET faults': (input) => {
        check(input, {});
        return emulator.faults.list();
      },
      'POST faults': (input) => ({ id: emulator.faults.schedule(faultFrom(input)) }),
      'DELETE faults': (input) => {
        emulator.faults.clear(check(input, { id: optional(text) })['id'] as string | undefined);
        return {};
      },
      'POST clock': (input) => this.#moveClock(input),
      'POST throttle': (input) => this.#setRate(input),
      'POST latency': (input) => this.#setLatency(input),
      'POST data': (input) => changeData(emulator.data, input, emulator.clock.now()),
      'POST tokens/revoke': (input) => runWithoutInput(input, () => emulator.revokeTokens()),
      'POST keys/rotate': (input) => {
        check(input, {});
        return emulator.rotateKeys();
      },
    };
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.#answer(request);
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(toJson(body));
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    if (!isLoopback(request.socket.remoteAddress)) {
      return { status: 403, body: { message: 'Control calls are for this machine only' } };
    }
    const url = new URL(request.url ?? '/', 'http://emulator');
    const name = `${request.method} ${url.pathname.slice('/__emulator/'.length)}`;
    const action = Object.hasOwn(this.#actions, name) ? this.#actions[name] : undefined;
    if (action === undefined) {
      return {
        status: 404,
        body: { message: `Unknown control call; known calls: ${Object.keys(this.#actions).join(', ')}` },
      };
    }
    try {
      const body = await readText(request);
      const input = request.method === 'POST' ? parseObject(body) : Object.fromEntries(url.searchParams);
      return { status: 200, body: action(input) };
    } catch (error) {
      if (error instanceof BadControlInput) return { status: 400, body: { message: error.message } };
      return { status: 500, body: { message: error instanceof Error ? error.stack : String(error) } };
    }
  }

  #info(input: JsonObject): object {
    check(input, {});
    const { url, region, projectId, credentials, data, clock, journal } = this.emulator;
    return {
      url,
      region,
      projectId,
      credentials,
      token: this.emulator.issueToken(),
      counts: {
        registryImages: data.registryImages.length,
        localImages: data.localImages.length,
        journal: journal.entries.length,
      },
      cicdIds: data.cicdIds,
      enterpriseProjects: data.enterpriseProjects,
      localListing: data.size.localListing,
      clock: this.#clockState(),
      nowMs: clock.now(),
    };
  }

  #moveClock(input: JsonObject): object {
    const { clock } = this.emulator;
    const changes = check(input, {
      advanceMs: optional(anyNumber),
      setMs: optional(anyNumber),
      signatureFollows: optional(flag),
      dateSkewMs: optional(anyNumber),
    });
    if (changes['setMs'] !== undefined) clock.set(Number(changes['setMs']));
    if (changes['advanceMs'] !== undefined) clock.advance(Number(changes['advanceMs']));
    if (changes['signatureFollows'] !== undefined)
      clock.signatureFollows = changes['signatureFollows'] === true;
    if (changes['dateSkewMs'] !== undefined) clock.dateSkewMs = Number(changes['dateSkewMs']);
    return this.#clockState();
  }

  #clockState(): object {
    const { clock } = this.emulator;
    const { signatureFollows, dateSkewMs } = clock;
    return { nowMs: clock.now(), hostNowMs: clock.hostNow(), signatureFollows, dateSkewMs };
  }

  #setRate(input: JsonObject): object {
    const isOff = input['off'] === true;
    const rate = isOff ? 'off' : (check(input, rateFields) as unknown as Rate);
    if (isOff) check(input, { off: flag });
    this.emulator.setRate(rate);
    return { rate };
  }

  #setLatency(input: JsonObject): object {
    if (input['ms'] !== undefined) {
      this.emulator.setLatency(Number(check(input, { ms: integer(0) })['ms']));
      return input;
    }
    const range = check(input, { minMs: integer(0), maxMs: integer(0) });
    const ends = [Number(range['minMs']), Number(range['maxMs'])] as const;
    if (ends[0] > ends[1]) throw new BadControlInput('minMs must not be above maxMs');
    this.emulator.setLatency(ends);
    return input;
  }
}

function apiFrom(input: JsonObject): JournalApi | undefined {
  return check(input, { api: optional(oneOf([...emulatedApis, 'Unknown'])) })['api'] as
    JournalApi | undefined;
}

function runWithoutInput(input: JsonObject, act: () => void): object {
  check(input, {});
  act();
  return {};
}

function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
