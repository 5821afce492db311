// What a real cache of RFC 9111 in a client makes of the answers: undici's, which the clients of Node use.
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Agent, interceptors, request, type Dispatcher } from 'undici';
import { proxyAgentId, proxyAgentQuery } from '../support/proxy-agent.js';
import { adminKey, readKey } from '../support/service.js';
import { until } from '../support/until.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const second = 1_000;

interface Given {
  status: number;
  /** Whether the cache has answered by itself. */
  isReused: boolean;
  age: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

/** Node writes the real time into `Date`, and the cache takes an answer with an old `Date` for old. */
function atTestTime(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...given) => handler.onRequestStart?.(...given),
    onResponseStart: (controller, status, headers, message) => {
      const date = new Date(Date.now()).toUTCString();
      handler.onResponseStart?.(controller, status, { ...headers, date }, message);
    },
    onResponseData: (...given) => handler.onResponseData?.(...given),
    onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
    onResponseError: (...given) => handler.onResponseError?.(...given),
  };
}

describe('the cache of a client', () => {
  const story = useEmulatedService();
  const agent = new Agent();
  let cache: Dispatcher;
  /** The headers of the requests that the cache has sent to the service. */
  const sent: Headers[] = [];

  /** The cache of the client reads Date.now, which stands still like the clock of the service. */
  let now = Date.now();

  beforeAll(() => {
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  });
  beforeEach(async () => {
    await story.service.purge();
    cache = agent.compose(
      (dispatch) => (options, handler) => {
        sent.push(new Headers(options.headers as Record<string, string>));
        return dispatch(options, atTestTime(handler));
      },
      interceptors.cache({ type: 'private' }),
    );
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await agent.close();
  });

  const advance = (ms: number): void => {
    story.clock.advance(ms);
    now += ms;
  };

  async function get(path: string, headers: Record<string, string> = key): Promise<Given> {
    sent.length = 0;
    const answer = await request(story.service.url + path, { dispatcher: cache, headers });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      isReused: sent.length === 0,
      age: Number(answer.headers['age']),
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  const key = { 'X-API-Key': readKey };
  const list = '/v1/registry-images?limit=3';
  const files = `/v1/images/${proxyAgentId}/files?${proxyAgentQuery}`;

  it('reuses an answer for as long as it is fresh here', async () => {
    const first = await get(list);
    advance(20 * second);
    const again = await get(list);
    expect(again).toEqual({ ...first, isReused: true, age: again.age });
    // `Date` has whole seconds, so the cache can count one second more.
    expect([20, 21]).toContain(again.age);
    advance(38 * second);
    expect((await get(list)).isReused).toBe(true);
    advance(3 * second);
    expect((await get(list)).isReused).toBe(false);
  });

  it('reuses the rest of a life that began before', async () => {
    await story.service.get(list);
    advance(50 * second);
    expect(await get(list)).toMatchObject({ isReused: false, age: 50 });
    advance(8 * second);
    expect((await get(list)).isReused).toBe(true);
    advance(3 * second);
    expect((await get(list)).isReused).toBe(false);
  });

  it('reuses an answer that is old and still fresh, for a minute', async () => {
    await story.service.get(files);
    advance(1_785 * second);
    const first = await get(files);
    expect([first.status, first.age]).toEqual([200, 1_785]);
    advance(58 * second);
    expect(await get(files)).toMatchObject({ isReused: true, body: first.body });
    advance(3 * second);
    expect(await get(files)).toMatchObject({ isReused: false, body: first.body });
  });

  it('never gives the answer of one key to another key', async () => {
    const bearer = (text: string) => ({ Authorization: `Bearer ${text}` });
    await get(list);
    expect((await get(list)).isReused).toBe(true);
    for (const headers of [{ 'X-API-Key': adminKey }, bearer(readKey), bearer(adminKey)])
      expect(await get(list, headers as Record<string, string>)).toMatchObject({
        status: 200,
        isReused: false,
      });
    for (const headers of [{ 'X-API-Key': `${readKey}0` }, bearer('wrong-key-0123456789'), {}])
      expect(await get(list, headers as Record<string, string>)).toMatchObject({
        status: 401,
        isReused: false,
      });
  });

  it.each([{ Prefer: 'wait=5' }, { 'Accept-Encoding': 'gzip;q=0' }, { Prefer: 'handling=strict' }])(
    'asks again for another form: %j',
    async (other) => {
      await get(list);
      expect((await get(list, { ...key, ...other })).isReused).toBe(false);
    },
  );

  it.each<[string, string, Record<string, string>]>([
    ['a strict answer', list, { ...key, Prefer: 'handling=strict' }],
    ['an error', `${list}&nonsense=1`, key],
    ['an answer for admins', '/v1/admin/cache', { 'X-API-Key': adminKey }],
  ])('stores not: %s', async (_name, path, headers) => {
    for (let turn = 0; turn < 2; turn += 1) expect((await get(path, headers)).isReused).toBe(false);
  });

  it('shows a purge and a newer scan after a minute at most', async () => {
    const first = await get(files);
    story.emulator.data.rescan(proxyAgentId, story.clock.now(), { files: 'new' });
    await story.service.purge({ tag: `image:${proxyAgentId}` });
    expect((await get(files)).body).toEqual(first.body);
    advance(61 * second);
    const purged = await get(files);
    expect(purged.body.items).not.toEqual(first.body.items);

    advance(10 * second);
    const file = { file_name: 'newest', file_path: '/', size: 1 };
    story.emulator.data.rescan(proxyAgentId, story.clock.now(), { files: [file] });
    const newest = { ...key, 'Cache-Control': 'max-age=1' };
    await story.service.get('/v1/registry-images?name=proxy-agent&limit=200', newest);
    // The first request after the scan gets the stale answer, and starts the refresh.
    await story.service.get(files);
    await until(async () => (await story.service.get(files)).headers.get('age') === '0');
    advance(61 * second);
    expect((await get(files)).body.items).toMatchObject([{ name: 'newest' }]);
  });
});
