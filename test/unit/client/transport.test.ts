import { describe, expect, it } from '@jest/globals';
import { Transport, type Timing } from '../../../clients/typescript/src/transport.js';

interface Given {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}
const start = Date.parse('2026-11-21T10:00:00Z');
const problem = { 'content-type': 'application/problem+json' };
const good: Given = { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };

/** A transport whose service gives these answers in turn, the last one for ever. */
function transportTo(answers: Given[], random = 0) {
  const sent: Request[] = [];
  const waits: number[] = [];
  let now = start;
  const timing: Timing = {
    now: () => now,
    random: () => random,
    sleep: (ms) => {
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
  const fetch = (request: Request) => {
    const { status, headers = problem, body = '{}' } = answers[Math.min(sent.length, answers.length - 1)]!;
    sent.push(request);
    return Promise.resolve(new Response(status === 304 ? null : body, { status, headers }));
  };
  const transport = new Transport(fetch as typeof globalThis.fetch, timing, 1_000);
  const send = (init: RequestInit = {}, deadlineMs = 60_000) =>
    transport.send(new Request('http://bff/v1/images', init), deadlineMs);
  return { send, sent, waits };
}

const refused = (status: number, retryAfter?: string): Given => ({
  status,
  headers: { ...problem, ...(retryAfter && { 'retry-after': retryAfter }) },
});

describe('the transport of the client', () => {
  it.each<[title: string, answer: Given, waitMs: number]>([
    ['a 429', refused(429, '7'), 7_000],
    ['a 503', refused(503, '7'), 7_000],
    ['a date', refused(503, 'Sat, 21 Nov 2026 10:00:09 GMT'), 9_000],
    ['a 503 of a balancer', { status: 503, headers: { 'content-type': 'text/html' }, body: 'busy' }, 1_000],
  ])('asks again after %s', async (_, answer, waitMs) => {
    const { send, sent, waits } = transportTo([answer, good]);
    expect((await send()).status).toBe(200);
    expect(waits).toEqual([waitMs]);
    expect(sent).toHaveLength(2);
  });

  it('comes a little later by chance, never sooner', async () => {
    const { send, waits } = transportTo([refused(429, '10'), good], 1);
    await send();
    expect(waits).toEqual([12_250]);
  });

  it('does not wait past the deadline', async () => {
    const { send, sent, waits } = transportTo([refused(429, '20'), refused(429, '50'), good]);
    expect((await send()).status).toBe(429);
    expect([waits, sent.length]).toEqual([[20_000], 2]);
  });

  it.each<[title: string, answer: Given]>([
    ['a 500', { status: 500 }],
    ['a 504', refused(504, '1')],
    ['a 400', { status: 400 }],
    ['the state of an instance', { status: 503, headers: { 'content-type': 'application/json' } }],
  ])('does not repeat %s', async (_, answer) => {
    const { send, sent } = transportTo([answer, good]);
    expect((await send()).status).toBe(answer.status);
    expect(sent).toHaveLength(1);
  });

  it('repeats the body of a POST', async () => {
    const { send, sent } = transportTo([refused(503, '1'), good]);
    await send({ method: 'POST', body: '{"refs":["a"]}' });
    expect(await Promise.all(sent.map((request) => request.text()))).toEqual(Array(2).fill('{"refs":["a"]}'));
  });

  it('sends the ETag that it has, and gives the kept answer for a 304', async () => {
    const first: Given = { ...good, headers: { ...good.headers, etag: 'W/"a"', age: '5' }, body: '{"a":1}' };
    const { send, sent } = transportTo([first, { status: 304, headers: { etag: 'W/"a"', age: '25' } }]);
    await send();
    const again = await send();
    expect(sent.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, 'W/"a"']);
    expect([again.status, again.headers.get('age'), await again.text()]).toEqual([200, '25', '{"a":1}']);
  });

  const tagged = (more: Partial<Given> = {}): Given => ({
    ...good,
    headers: { ...good.headers, etag: 'W/"a"' },
    ...more,
  });

  it.each<[title: string, answer: Given, init: RequestInit]>([
    ['what must not be stored', tagged({ headers: { etag: 'W/"a"', 'cache-control': 'no-store' } }), {}],
    ['what is too long', tagged({ body: 'x'.repeat(1_001) }), {}],
    ['the answer to a POST', tagged(), { method: 'POST' }],
  ])('keeps not: %s', async (_, answer, init) => {
    const { send, sent } = transportTo([answer]);
    await send(init);
    await send(init);
    expect(sent.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, null]);
  });

  it('forgets the answers that nobody used for longest', async () => {
    const answer = tagged({ body: 'x'.repeat(400) });
    const { send, sent } = transportTo([answer]);
    const prefers = ['a', 'b', 'a', 'c', 'b', 'a'];
    for (const prefer of prefers) await send({ headers: { prefer } });
    // With c, a and b are together too long: b is the older one. With b, a is.
    expect(sent.map(({ headers }) => headers.get('if-none-match') !== null)).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
    ]);
  });

  it('leaves a 304 to whoever gave a condition', async () => {
    const { send } = transportTo([{ status: 304, headers: {} }]);
    expect((await send({ headers: { 'if-none-match': 'W/"x"' } })).status).toBe(304);
  });

  it('ends with the signal of its caller, also while it waits', async () => {
    const abort = new AbortController();
    const timing = { now: () => start, random: () => 0, sleep: waitForAbort };
    const transport = new Transport(
      () => Promise.resolve(new Response('{}', { status: 429, headers: { 'retry-after': '1' } })),
      timing,
      0,
    );
    const sending = transport.send(new Request('http://bff', { signal: abort.signal }), 60_000);
    abort.abort(new Error('enough'));
    await expect(sending).rejects.toThrow('enough');
  });

  it('ends at the deadline when no answer comes', async () => {
    const hanging = (_: unknown, { signal }: { signal: AbortSignal }) => waitForAbort(0, signal);
    const timing = { now: () => Date.now(), random: () => 0, sleep: waitForAbort };
    const transport = new Transport(hanging as unknown as typeof globalThis.fetch, timing, 0);
    await expect(transport.send(new Request('http://bff'), 20)).rejects.toThrow(
      expect.objectContaining({ name: 'TimeoutError' }),
    );
  });
});

function waitForAbort(_ms: number, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
}
