// Every command of docs/ that asks the service: it fails in words when there is no good answer, and never passes.
import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { hasGo, newFolder, prepare, programIn } from '../support/client-programs.js';
import { good } from '../support/gate-faults.js';
import { noAnswers } from '../support/no-answers.js';
import { runShell, type Ran } from '../support/shell.js';
import { allSnippets, snippetsOf, type Snippet } from '../support/snippets.js';
import { refusingPort } from '../support/unused-port.js';
import { startUpstream, type UpstreamServer } from '../support/upstream-server.js';

const commands = allSnippets().filter(({ language, text }) => language === 'sh' && text.includes('$BFF'));

const programs = ['ts' as const, 'py' as const, ...(hasGo ? ['go' as const] : [])];

/** Answers about an image that a gate must not pass. */
const badImages: Record<string, object | null> = {
  'of high severity': { severity: 'high' },
  'not assessed': { severity: null },
  'without a severity': { severity: undefined },
  'of an unknown severity': { severity: 'critical' },
  'with a severity that is no word': { severity: ['low'] },
  'with a malicious file': { findingCounts: { maliciousFiles: 1 } },
  'whose malicious files nobody counted': { findingCounts: { maliciousFiles: null } },
};
const goodImage = {
  digest: good,
  severity: 'low',
  scan: { status: 'completed', scannedAt: '2026-01-01T00:00:00.000Z', failure: null },
  findingCounts: { vulnerabilities: 1, unsafeSettings: 0, maliciousFiles: 0 },
};
const answerOf = (image: object) =>
  JSON.stringify({ image: { ...goodImage, ...image }, parts: { image: { status: 'fresh' } } });
const gates = [snippetsOf('merged-answers.md'), snippetsOf('ci-gate.md')].map(([gate]) => gate!);

describe('the commands of docs/', () => {
  let server: UpstreamServer | undefined;

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  const run = ({ text }: Snippet, url: string): Promise<Ran> =>
    runShell('sh', ['-c', text], {
      BFF: url,
      KEY: 'some-key-0123456789',
      DIGEST: good,
      REF: `gate/good@${good}`,
      HSS_BFF_WAIT: '0',
    });

  /** A service that gives one answer to everything. */
  const answering = ({ status = 200, body }: { status?: number; body: string }) =>
    startUpstream((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });

  async function runAll(of: readonly Snippet[], answer: { status?: number; body: string }): Promise<Ran[]> {
    server = await answering(answer);
    const { url } = server;
    return Promise.all(of.map((command) => run(command, url)));
  }

  /** Lets nobody take the outcome for a good answer: an exit code, no line of output, a line that says why. */
  function expectRefused(ran: Ran, { page, text }: Snippet): void {
    const heading = `${page}: ${text.slice(0, 80)}`;
    expect([heading, ran.code === 0, ran.stdout]).toEqual([heading, false, '']);
    expect([heading, ran.stderr.trim()]).not.toEqual([heading, '']);
  }

  it.each(programs)('that are programs in %s fail and say so', async (language) => {
    const folder = newFolder();
    const start = prepare(language, programIn(language), folder);
    const snippet: Snippet = { page: 'clients.md', language, text: language };
    const env = { KEY: 'some-key-0123456789' };
    expectRefused(await start({ ...env, BFF: `http://127.0.0.1:${refusingPort}` }), snippet);
    for (const answer of Object.values(noAnswers)) {
      const upstream = await answering(answer);
      expectRefused(await start({ ...env, BFF: upstream.url }), snippet);
      await upstream.close();
    }
    rmSync(folder, { recursive: true });
  });

  it('are at least eight', () => {
    expect(commands.length).toBeGreaterThanOrEqual(8);
    expect(commands).toEqual(expect.arrayContaining(gates));
  });

  it('fail and say so when the service is down', async () => {
    const url = `http://127.0.0.1:${refusingPort}`;
    const ran = await Promise.all(commands.map((command) => run(command, url)));
    commands.forEach((command, at) => expectRefused(ran[at]!, command));
  });

  it.each(Object.entries(noAnswers))('fail and say so for %s', async (_title, answer) => {
    const ran = await runAll(commands, answer);
    commands.forEach((command, at) => expectRefused(ran[at]!, command));
  });

  it('that are gates pass a good image', async () => {
    for (const { code, stdout } of await runAll(gates, { body: answerOf({}) }))
      expect([code, stdout]).toEqual([0, expect.stringContaining('pass')]);
  });

  it.each(Object.entries(badImages))('that are gates stop an image %s', async (_title, image) => {
    for (const { code, stdout } of await runAll(gates, { body: answerOf(image ?? {}) }))
      expect([code === 0, stdout]).toEqual([false, expect.not.stringContaining('pass:')]);
  });
});
