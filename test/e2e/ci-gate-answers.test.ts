// The gate of a CI pipeline with a stand-in for the service: every kind of answer, good, odd and late.
import { afterEach, describe, expect, it } from '@jest/globals';
import { gate, gateInItsTime } from '../support/gate.js';
import { good } from '../support/gate-faults.js';
import { startUpstream, type UpstreamServer } from '../support/upstream-server.js';

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: string;
}

const ref = `gate/good@${good}`;
const other = `sha256:${'0'.repeat(64)}`;
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const fine = {
  digest: good,
  severity: 'low',
  scan: { status: 'completed', scannedAt: minutesAgo(10), failure: null },
  findingCounts: { vulnerabilities: 1, unsafeSettings: 0, maliciousFiles: 0 },
};
const image = (over: object = {}, parts: object = { image: { status: 'fresh' } }): Answer => ({
  body: JSON.stringify({ image: { ...fine, ...over }, parts }),
});
const scanned = (over: object) => image({ scan: { ...fine.scan, ...over } });
const malicious = (maliciousFiles: unknown) =>
  image({ findingCounts: { ...fine.findingCounts, maliciousFiles } });
const problem = (status: number, code: string, more: object = {}, headers = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: JSON.stringify({ status, code, retryable: false, ...more }),
});
const notFound = problem(404, 'not-found');
const notScanned = problem(409, 'image-not-scanned', { retryable: true });
const throttled = problem(503, 'upstream-throttled', { retryable: true }, { 'Retry-After': '1' });
const ambiguous = problem(409, 'ambiguous-reference', {
  detail: 'Several images match',
  candidates: [
    { registryName: 'east', namespace: 'gate', name: 'good', tag: '1', digest: good },
    { registryName: null, namespace: null, name: 'gate/good\u001b[2J', tag: null, digest: other },
  ],
});

describe('the gate with one answer', () => {
  let server: UpstreamServer | undefined;

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  /** Answers the first question with the first answer, and all questions after the last answer with the last one. */
  async function answering(...answers: Answer[]): Promise<UpstreamServer> {
    const rest = [...answers];
    server = await startUpstream((request, response) => {
      const { status = 200, headers = {}, body } = rest.length > 1 ? rest.shift()! : rest[0]!;
      // The rest of an incomplete answer never comes.
      const end = () => 'content-length' in headers && request.socket.end();
      response.writeHead(status, headers).end(body, end);
    });
    return server;
  }

  const queryOf = (at = 0) => new URL(server!.requests[at]!.url!, 'http://x').searchParams;

  it.each<[exit: number, title: string, answer: Answer, env?: Record<string, string>]>([
    [0, 'a good image', image()],
    [0, 'a good image without a digest, by its id', image({ digest: null, imageId: good.slice(7) })],
    [0, 'no assessed risk', image({ severity: 'none' })],
    [1, 'high severity', image({ severity: 'high' })],
    [1, 'a word for a severity of tomorrow', image({ severity: 'critical' })],
    [1, 'no severity', image({ severity: undefined })],
    [1, 'a severity of null', image({ severity: null })],
    [1, 'a severity that is no word', image({ severity: ['low'] })],
    [1, 'no scan status', scanned({ status: null })],
    [1, 'a word for a status of tomorrow', scanned({ status: 'done' })],
    [1, 'a scan under way', scanned({ status: 'scanning' })],
    [1, 'a failed scan', scanned({ status: 'failed' })],
    [1, 'a failed scan that says completed', scanned({ failure: {} })],
    [1, 'a malicious file', malicious(1)],
    [1, 'malicious files that nobody counted', malicious(null)],
    [1, 'a number of malicious files that is no number', malicious('0')],
    [1, 'no counts', image({ findingCounts: undefined })],
    [0, 'a malicious file that is allowed', malicious(1), { HSS_BFF_ALLOW_MALICIOUS: '1' }],
    [1, 'a malicious file that is not allowed', malicious(1), { HSS_BFF_ALLOW_MALICIOUS: '0' }],
    [1, 'high severity with malice allowed', image({ severity: 'high' }), { HSS_BFF_ALLOW_MALICIOUS: '1' }],
    [0, 'a scan that is young enough', image(), { HSS_BFF_SCAN_MAX_AGE: '3600' }],
    [1, 'a scan that is too old', image(), { HSS_BFF_SCAN_MAX_AGE: '300' }],
    [1, 'a scan without a time', scanned({ scannedAt: null }), { HSS_BFF_SCAN_MAX_AGE: '3600' }],
    [1, 'a scan with no readable time', scanned({ scannedAt: 'today' }), { HSS_BFF_SCAN_MAX_AGE: '3600' }],
    [2, 'a scan of tomorrow', scanned({ scannedAt: minutesAgo(-60) }), { HSS_BFF_SCAN_MAX_AGE: '3600' }],
    [0, 'a scan without a time that nobody limits', scanned({ scannedAt: null })],
    [2, 'a stale part', image({}, { image: { status: 'stale' } })],
    [2, 'no parts', image({}, {})],
    [2, 'another image', image({ digest: other })],
    [2, 'an image without a name', image({ digest: null })],
    [2, 'demo data', { ...image(), headers: { 'X-Demo-Data': 'true' } }],
    [2, 'nothing at all', { body: '' }],
    [2, 'blanks', { body: ' \n' }],
    [2, 'a page of a proxy', { body: '<html>ok</html>' }],
    [2, 'a list', { body: '[]' }],
    [2, 'null', { body: 'null' }],
    [2, 'a good image and more', { body: image().body + image({ severity: 'high' }).body }],
    [2, 'half of a good image', { body: image().body.slice(0, -10) }],
    [2, 'an incomplete answer', { ...image(), headers: { 'content-length': '100000' } }],
    [2, 'a good image with another status', { ...image(), status: 203 }],
    [2, 'a redirection', { ...image(), status: 307, headers: { location: '/elsewhere' } }],
    [2, 'an error without a body', { status: 500, body: '' }],
    [2, 'an error without a code', { status: 500, body: '{}' }],
    [2, 'a page of a proxy with an error', { status: 502, body: '<html>Bad Gateway</html>' }],
    [2, 'an unknown image', notFound],
    [1, 'an image that HSS has not scanned', notScanned],
    [2, 'an ambiguous name', ambiguous],
    [2, 'a wrong key', problem(401, 'unauthenticated')],
    [2, 'a missing right', problem(403, 'forbidden')],
    [2, 'a call budget without room', throttled],
  ])('exits with %i for %s', async (exit, _title, answer, env = {}) => {
    const service = await answering(answer);
    const { code, stdout } = await gate(service, ref, undefined, env);
    expect([code, stdout.includes('pass: ')]).toEqual([exit, exit === 0]);
    expect(service.requests).toHaveLength(1);
  });

  it.each([
    ['the digest of a tag', `gate/good:1@${good}`, `gate/good@${good}`],
    ['a digest at a port', `registry.example:5000/gate/good@${good}`, undefined],
    ['a digest alone', good, undefined],
    ['a digest without its algorithm', good.slice(7), good],
    ['an upper-case digest', `gate/good@SHA256:${'ABCDEF'.repeat(11).slice(2)}`, undefined],
    ['a tag', 'gate/good:1', undefined],
  ])('asks for %s and nothing else', async (_title, given, asked) => {
    const service = await answering(image({ digest: other }));
    const { code, stdout } = await gate(service, given);
    const expected =
      asked ?? (given.includes('@SHA256') ? given.replace(/SHA256.*/, (all) => all.toLowerCase()) : given);
    expect(queryOf().get('ref')).toBe(expected);
    expect([...queryOf().keys()]).toEqual(['ref', 'include']);
    // Only a tag may stand for another digest.
    expect([code, stdout.includes('pass: ')]).toEqual(given === 'gate/good:1' ? [0, true] : [2, false]);
  });

  it('sends the age that it accepts, and a strict preference', async () => {
    const service = await answering(image());
    await gate(service, ref);
    await gate(service, ref, 'high', { HSS_BFF_MAX_AGE: '30' });
    expect(service.requests.map(({ headers }) => [headers['prefer'], headers['cache-control']])).toEqual([
      ['handling=strict', undefined],
      ['handling=strict', 'max-age=30'],
    ]);
  });

  it('does not mind slashes at the end of the address', async () => {
    const service = await answering(image());
    expect(await gate({ url: `${service.url}/base//` }, ref)).toMatchObject({ code: 0 });
    expect(service.requests[0]!.url).toMatch(/^\/base\/v1\/images\/lookup\?/);
  });

  it('prints the candidates of an ambiguous name, without control characters', async () => {
    const { stderr } = await gate(await answering(ambiguous), 'gate/good', 'high', { HSS_BFF_WAIT: '60' });
    expect(stderr).toContain(`east: gate/good:1 ${good}`);
    expect(stderr).toContain(`on hosts: -/gate/good[2J:- ${other}`);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f]/);
  });

  it.each([
    { HSS_BFF: '' },
    { HSS_BFF_KEY: '' },
    { HSS_BFF_WAIT: 'long' },
    { HSS_BFF_WAIT: '' },
    { HSS_BFF_WAIT: '010' },
    { HSS_BFF_MAX_AGE: '0' },
    { HSS_BFF_MAX_AGE: '1m' },
    { HSS_BFF_SCAN_MAX_AGE: '-1' },
    { HSS_BFF_SCAN_MAX_AGE: '9999999999' },
    { HSS_BFF_ALLOW_MALICIOUS: 'yes' },
  ])('asks nothing with a wrong setting: %j', async (env: Record<string, string>) => {
    const service = await answering(image());
    const { code, stdout, stderr } = await gate(service, ref, 'high', env);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(Object.keys(env)[0]);
    expect(service.requests).toEqual([]);
  });

  it.each<[exit: number, title: string, questions: number, answers: Answer[]]>([
    [0, 'an image that was pushed seconds ago', 2, [notFound, image()]],
    [0, 'the end of a scan', 3, [notScanned, scanned({ status: 'waiting' }), image()]],
    [0, 'room in the call budget', 2, [throttled, image()]],
    [0, 'a proxy that has lost the service', 2, [{ status: 502, body: '<html>' }, image()]],
    [1, 'a scan that ends badly', 2, [notScanned, image({ severity: 'high' })]],
    [1, 'a scan that fails', 2, [scanned({ status: 'scanning' }), scanned({ status: 'failed' })]],
    [2, 'an image that turns out to be ambiguous', 2, [notFound, ambiguous]],
  ])('waits, and exits with %i, for %s', async (exit, _title, questions, answers) => {
    const service = await answering(...answers);
    const { code, sleeps } = await gateInItsTime(service, ref, { HSS_BFF_WAIT: '60' });
    expect([code, service.requests.length]).toEqual([exit, questions]);
    expect(sleeps).toEqual([1, 2].slice(0, questions - 1));
  });

  it.each<[exit: number, title: string, answer: Answer]>([
    [2, 'an unknown image', notFound],
    [1, 'an image that is never scanned', notScanned],
    [1, 'a scan without an end', scanned({ status: 'waiting' })],
  ])('exits with %i after its time for %s', async (exit, _title, answer) => {
    const service = await answering(answer);
    const { code, sleeps } = await gateInItsTime(service, ref, { HSS_BFF_WAIT: '30' });
    expect(code).toBe(exit);
    expect(sleeps).toEqual([1, 2, 4, 8, 10, 5]);
    expect(service.requests).toHaveLength(7);
  });

  it.each([
    [
      'a time after its own',
      problem(503, 'upstream-throttled', { retryable: true }, { 'Retry-After': '61' }),
    ],
    ['a wrong key', problem(401, 'unauthenticated')],
    ['a wrong reference', problem(400, 'invalid-request')],
  ])('does not wait for %s', async (_title, answer) => {
    const service = await answering(answer);
    expect(await gate(service, ref, 'high', { HSS_BFF_WAIT: '60' })).toMatchObject({ code: 2 });
    expect(service.requests).toHaveLength(1);
  });
});
