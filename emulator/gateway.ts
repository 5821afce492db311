/**
 * The steps of a request through the emulated gateway: journal, route, identity, rate, API, fault, answer.
 * Requests under /__emulator/ go to the control instead and pass none of these steps.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.js';
import type { ApiHandler, ApiSettings } from './apis/api-call.js';
import { showAssetStatistics } from './apis/asset-statistics.js';
import { listBasicImage } from './apis/basic-image.js';
import { listImageFiles } from './apis/image-files.js';
import { listLocalImages } from './apis/local-images.js';
import { Parameters } from './apis/parameters.js';
import { listRegistryImages } from './apis/registry-images.js';
import type { Dataset } from './data/dataset.js';
import { Exchange } from './exchange.js';
import { credentialEcho, type Authentication } from './identity/authentication.js';
import type { Iam } from './identity/iam.js';
import { parseAuthorization } from './identity/signature.js';
import type { EmulatorUser } from './identity/users.js';
import { defaultOptions, type Latency } from './options.js';
import { invalidParameter, notPublished, Refusal } from './refusal.js';
import { findRoute, isUnsafeSegment, type Api, type HssApi, type Route } from './routes.js';
import type { MovableClock } from './traffic/clock.js';
import { deliver, settle } from './traffic/delivery.js';
import { answerUnder } from './traffic/fault-answers.js';
import { isWireFault, type Fault, type Faults } from './traffic/faults.js';
import type { Journal, JournalEntry } from './traffic/journal.js';
import { windowText, type Remaining, type Throttle } from './traffic/throttle.js';

const handlersByApi: Readonly<Record<HssApi, ApiHandler>> = {
  ListImageFiles: listImageFiles,
  ListImageBasicImage: listBasicImage,
  ListImageLocal: listLocalImages,
  ListRegistryImages: listRegistryImages,
  ShowImageAssetStatistics: showAssetStatistics,
};

export interface GatewayParts {
  readonly clock: MovableClock;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly throttle: Throttle;
  readonly authentication: Authentication;
  readonly iam: Iam;
  readonly data: Dataset;
  readonly settings: ApiSettings;
  readonly isListening: () => boolean;
}

export class Gateway {
  readonly #underWay = new Set<Exchange>();

  constructor(
    private readonly parts: GatewayParts,
    public latencyMs: Latency,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(request, response, () => this.parts.clock.hostNow());
    this.#underWay.add(exchange);
    const route = findRoute(exchange.method, exchange.path);
    const entry = this.#record(exchange, route);
    response.once('close', () => this.#noteDeparture(response, entry));
    try {
      const body = await exchange.readBody();
      const { answer, fault } = this.#answer(exchange, route, entry, body);
      await exchange.pause(pickLatency(this.latencyMs));
      await deliver(exchange, entry, answer, fault !== undefined && isWireFault(fault) ? fault : undefined);
    } catch (error) {
      // The consumer left and needs no answer. The close event has written the journal entry.
      if (exchange.gone.aborted) return;
      await deliver(exchange, entry, this.#toAnswer(error, exchange), undefined);
    } finally {
      this.#underWay.delete(exchange);
    }
  }

  /** Ends what latency delays or will delay of the calls that have arrived. */
  endDelays(): void {
    for (const exchange of this.#underWay) exchange.hurry();
  }

  #record(exchange: Exchange, route: Route | undefined): JournalEntry {
    const signed = parseAuthorization(exchange.header('authorization') ?? '');
    return this.parts.journal.record({
      api: route?.api ?? 'Unknown',
      method: exchange.method,
      path: exchange.path,
      query: Object.fromEntries(exchange.query),
      headers: exchange.request.headers,
      clockMs: this.parts.clock.now(),
      ...(route?.imageId && { imageId: route.imageId }),
      ...(signed && { signedHeaders: signed.signedHeaders }),
    });
  }

  /** Makes the answer at the moment of arrival: latency delays the sending, not the data. */
  #answer(
    exchange: Exchange,
    route: Route | undefined,
    entry: JournalEntry,
    body: Buffer,
  ): { answer: Answer; fault: Fault | undefined } {
    if (route === undefined || !this.#isPublished(route.api)) throw notPublished();
    if (isUnsafeSegment(route.imageId)) throw invalidParameter('image_id', 'must be one segment of a path');
    const { api } = route;
    const admitted = api === 'CreateToken' ? undefined : this.#admit(exchange, route, api, entry, body);
    entry.admitted = true;
    const fault = this.parts.faults.strike(api);
    if (fault !== undefined) entry.fault = fault.kind;

    const genuine = this.#genuineAnswer(exchange, () =>
      admitted === undefined
        ? this.parts.iam.createToken(body)
        : this.#callApi(exchange, route.imageId, admitted),
    );
    if (fault === undefined) return { answer: genuine, fault };
    const { rate } = this.parts.throttle;
    const scene = {
      api,
      requestId: exchange.requestId,
      rule: rate === 'off' ? defaultOptions.rate : rate,
      credentialEcho: credentialEcho(exchange, body),
    };
    return { answer: answerUnder(fault, genuine, scene), fault };
  }

  #isPublished(api: Api): boolean {
    return api !== 'ShowImageAssetStatistics' || this.parts.settings.assetStatistics;
  }

  #admit(exchange: Exchange, route: Route, api: HssApi, entry: JournalEntry, body: Buffer): AdmittedCall {
    const user = this.parts.authentication.authenticate(exchange, body, route.projectId);
    entry.user = user.name;
    // The journal gets the time that the throttle uses, so that the journal proves the rate to the millisecond.
    entry.clockMs = this.parts.clock.now();
    return { api, user, remaining: this.parts.throttle.admit(api, user.name, entry.clockMs) };
  }

  #callApi(exchange: Exchange, imageId: string, { api, user, remaining }: AdmittedCall): Answer {
    const body = handlersByApi[api]({
      parameters: new Parameters(exchange.query),
      imageId,
      regionHeader: exchange.header('region'),
      user,
      nowMs: this.parts.clock.now(),
      data: this.parts.data,
      settings: this.parts.settings,
    });
    const debug = exchange.header('x-apig-mode') === 'debug' && remaining !== undefined;
    return { status: 200, body, ...(debug && { headers: debugHeaders(remaining) }) };
  }

  #genuineAnswer(exchange: Exchange, make: () => Answer): Answer {
    try {
      return make();
    } catch (error) {
      return this.#toAnswer(error, exchange);
    }
  }

  #toAnswer(error: unknown, exchange: Exchange): Answer {
    if (error instanceof Refusal) return error.toAnswer(exchange.requestId);
    // A defect of the emulator itself: a 500 with the stack trace makes tests fail visibly.
    return { status: 500, body: `Emulator defect: ${error instanceof Error ? error.stack : String(error)}` };
  }

  /** Handles a closed connection: notes whether the consumer or stop() closed it before the answer was complete. */
  #noteDeparture(response: ServerResponse, entry: JournalEntry): void {
    const answered = response.writableFinished;
    if (answered || ['reset', 'hang', 'truncated'].includes(String(entry.outcome))) return;
    settle(entry, this.parts.isListening() ? 'aborted-by-client' : 'emulator-stopped');
  }
}

interface AdmittedCall {
  readonly api: HssApi;
  readonly user: EmulatorUser;
  readonly remaining: Remaining | undefined;
}

function debugHeaders({ calls, rule }: Remaining): Record<string, string> {
  const text = `remain:${calls},limit:${rule.limit},time:${windowText(rule.windowMs)}`;
  return { 'X-Apig-RateLimit-user': text };
}

function pickLatency(latency: Latency): number {
  if (typeof latency === 'number') return latency;
  const [minMs, maxMs] = latency;
  return minMs + Math.random() * (maxMs - minMs);
}
