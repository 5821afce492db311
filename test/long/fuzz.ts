/**
 * Random requests over the OpenAPI document, written to sockets. Whatever comes, the service gives exactly one answer,
 * as described, never a 500, and a refusal costs no call of HSS.
 */
import fc from '../support/fast-check.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { fillCatalog } from '../support/catalog.js';
import { DocumentSchemas } from '../support/document-schemas.js';
import { requests, type FuzzedRequest } from '../support/fuzzed-requests.js';
import { RawConnection } from '../support/raw-connection.js';
import type { RawAnswer } from '../support/raw-http.js';
import { errorLines, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { atMost, noted, type Finding } from './findings.js';

/** @param seed the same seed gives the same requests. */
export async function fuzz(count: number, seed = 15): Promise<Finding[]> {
  // No time passes: what is under way after an answer was not begun by a clock.
  const clock = TestClock.still();
  const emulator = await startEmulator({ rate: 'off', clock, registryImages: 60, localImages: 30 });
  const unlimited = { HSS_RATE: '1000000/1s', HSS_RATE_TOTAL: '1000000/1s' };
  const service = await startService({ emulator, clock, env: unlimited });
  try {
    await fillCatalog(service, emulator, clock.now());
    const document = (await service.request('/openapi.json')).body;
    const run = new Run(emulator, service, new DocumentSchemas(document));
    for (const request of fc.sample(requests(run.schemas.operations), { numRuns: count, seed }))
      await run.send(request);
    return run.findings();
  } finally {
    await service.close();
    await emulator.close();
  }
}

class Run {
  readonly #statuses = new Map<number, number>();
  readonly #faults = new Map<string, string[]>();
  #number = 0;

  constructor(
    private readonly emulator: Emulator,
    private readonly service: TestService,
    readonly schemas: DocumentSchemas,
  ) {}

  async send(request: FuzzedRequest): Promise<void> {
    this.#number += 1;
    const id = `fuzz-${this.#number}`;
    const before = this.emulator.journal.calls().length;
    const { method, target, headers, body } = request;
    const text = [
      `${method} ${target} HTTP/1.1`,
      'Host: x',
      `X-Request-Id: ${id}`,
      ...headers,
      '',
      body,
    ].join('\r\n');
    const connection = (await RawConnection.open(this.service.url)).write(text);
    try {
      for (const fault of await this.#faultsOf(request, id, connection, before)) {
        const same = this.#faults.get(fault) ?? [];
        this.#faults.set(fault, [...same, text.slice(0, 400)]);
      }
    } finally {
      connection.close();
    }
  }

  async #faultsOf(
    { operation, method }: FuzzedRequest,
    id: string,
    connection: RawConnection,
    before: number,
  ): Promise<string[]> {
    const finals = () => connection.answers([method, 'GET']).filter(({ status }) => status !== 100);
    await until(() => finals().length > 0 || connection.isClosed);
    const [answer] = finals();
    if (!answer) return ['no answer'];
    this.#statuses.set(answer.status, (this.#statuses.get(answer.status) ?? 0) + 1);
    const calls = this.emulator.journal.calls().length - before;
    const faults = [this.#unlike(operation, method, answer)];
    if (answer.status === 500) faults.push('a 500');
    // HSS itself may have to say that an image does not exist or is not scanned.
    if (isRefusal(answer) && calls > 0) faults.push(`${calls} calls for a refusal: ${answer.body?.code}`);
    // Malformed HTTP has no request id.
    const hasOwnId =
      answer.headers['x-request-id'] === id || /^[0-9a-f-]{36}$/.test(String(answer.headers['x-request-id']));
    if (!hasOwnId) faults.push('the answer of another request');
    faults.push(await this.#more(method, answer, connection));
    return faults.filter((fault) => fault !== undefined);
  }

  #unlike(operation: FuzzedRequest['operation'], method: string, answer: RawAnswer): string | undefined {
    if (method === 'HEAD') return answer.text === '' ? undefined : 'a HEAD with a body';
    const fault =
      operation && answer.status !== 404
        ? this.schemas.fault(operation, answer)
        : answer.status >= 400
          ? this.schemas.problemFault(answer)
          : undefined;
    return fault === undefined ? undefined : `${operation?.route} ${answer.status}: ${fault}`;
  }

  /** What comes after the answer: the answer of one more request, or the end of the connection. */
  async #more(method: string, answer: RawAnswer, connection: RawConnection): Promise<string | undefined> {
    const isLast = answer.headers['connection'] === 'close';
    if (!isLast) connection.write('GET /health HTTP/1.1\r\nHost: x\r\nX-Request-Id: next\r\n\r\n');
    const finals = () => connection.answers([method, 'GET']).filter(({ status }) => status !== 100);
    await until(() => connection.isClosed || (!isLast && finals().length > 1));
    if (connection.rest([method, 'GET']) !== '')
      return `more than an answer: ${connection.rest([method, 'GET']).slice(0, 40)}`;
    const [, next, ...others] = finals();
    if (isLast) return next ? `a second answer: ${next.status}` : undefined;
    return next?.headers['x-request-id'] === 'next' && others.length === 0
      ? undefined
      : `the next request got ${next?.status ?? 'nothing'}`;
  }

  findings(): Finding[] {
    const statuses = [...this.#statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status}: ${count}`);
    const examples = [...this.#faults].map(([fault, texts]) =>
      noted(`${fault} (${texts.length})`, JSON.stringify(texts[0])),
    );
    return [
      noted('requests', this.#number),
      noted('answers', statuses.join(', ')),
      atMost('faults', this.#faults.size, 0),
      atMost('lines of errors in the log', errorLines(this.service).length, 0),
      ...examples,
    ];
  }
}

function isRefusal({ status, body }: RawAnswer): boolean {
  return status >= 400 && status < 500 && ![404, 409].includes(status) && body?.upstream === undefined;
}
