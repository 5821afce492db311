// The commands of docs/incident.md: each one runs as written and finds what the emulator's data say.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contentSource } from '../../src/catalog/model/content-source.js';
import type { ImageDocument } from '../../src/catalog/model/documents.js';
import { proxyAgentDigest } from '../../emulator/data/example-images.js';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { contentDocuments, applyStep, imageDocuments } from '../support/catalog.js';
import { readKey, startService, type TestService } from '../support/service.js';
import { runShell } from '../support/shell.js';

const page = readFileSync(new URL('../../docs/incident.md', import.meta.url), 'utf8');
const questions = page
  .split('\n## ')
  .slice(1)
  .map((section) => ({
    question: section.split('\n', 1)[0]!,
    line: /```sh\n(.*)\n```/.exec(section)?.[1] ?? '',
  }));
const file = 'libcrypto.so.1.0.2k';

const digestOf = ({ entries, onHosts }: ImageDocument) =>
  entries[0]?.row.digest ?? onHosts[0]?.row.digest ?? 'none';
const hostNames = (of: readonly ImageDocument[]) =>
  new Set(of.flatMap(({ onHosts }) => onHosts.flatMap(({ row }) => row.host?.name ?? [])));

describe('docs/incident.md', () => {
  let emulator: Emulator;
  let service: TestService;
  let documents: ImageDocument[];
  let unread: ImageDocument;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off' });
    service = await startService({ emulator });
    documents = await imageDocuments(service, Date.now());
    const contents = contentDocuments(emulator, documents, Date.now());
    // The catalog has not read the content of this image on a host.
    unread = documents.find(
      ({ key, onHosts }) =>
        onHosts.length > 0 && `sha256:${key}` !== proxyAgentDigest && contents.some((one) => one.key === key),
    )!;
    await applyStep(service, {
      images: documents,
      contents: contents.filter(({ key }) => key !== unread.key),
      readAt: Date.now(),
    });
    emulator.journal.clear();
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  /** Runs the command of a question as the page has it. @returns its output, in lines. */
  async function answer(number: number): Promise<string[]> {
    const { code, stdout, stderr } = await runShell('sh', ['-c', questions[number]!.line], {
      BFF: service.url,
      KEY: readKey,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(emulator.journal.entries).toEqual([]);
    return stdout.trimEnd().split('\n');
  }

  /** The images whose content the catalog has read and whose digest, by the emulator's data, meets the condition. */
  const having = (holds: (digest: string) => boolean) =>
    documents.filter(
      (document) => document !== unread && contentSource(document) !== null && holds(digestOf(document)),
    );

  it('has five questions with one command each', () => {
    expect(questions).toHaveLength(5);
    for (const { line } of questions) expect(line).toMatch(/^curl .* \| jq /);
  });

  it('finds the hosts of a file', async () => {
    const rows = await answer(0);
    const found = new Set(rows.map((row) => row.split('\t')[0]));
    const holds = (digest: string) =>
      emulator.data.files(digest).some(({ file_name }) => file_name?.includes(file));
    expect(found).toEqual(hostNames(having(holds)));
    expect(found.size).toBeGreaterThan(0);
  });

  it('finds the hosts and images of a base OS', async () => {
    const rows = (await answer(1)).map((row) => row.split('\t'));
    const holds = (digest: string) =>
      emulator.data
        .basicImages(digest)
        .some(({ os_name, os_version }) => os_name?.toLowerCase() === 'debian' && os_version === '9');
    expect(new Set(rows.map(([host]) => host))).toEqual(hostNames(having(holds)));
    expect(rows.map(([, name]) => name)).toContain('proxy-agent');
  });

  it('lists the running risky images, worst first', async () => {
    const rows = (await answer(2)).map((row) => row.split('\t'));
    const counts = rows.map(([count]) => Number(count));
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    const running = emulator.data.localImages.filter(
      ({ row, hosts }) =>
        row.severity_level === 'High' && hosts.some(({ containers }) => containers.length > 0),
    );
    const digests = new Set(rows.map(([, , , , digest]) => digest));
    expect(running.length).toBeGreaterThan(0);
    for (const { row } of running) if (row.image_digest) expect(digests).toContain(row.image_digest);
  });

  it('tells the image of a digest and its places', async () => {
    const told = JSON.parse((await answer(3)).join('\n'));
    expect(told).toMatchObject({
      name: 'proxy-agent',
      severity: 'high',
      registries: ['swr-private'],
      allHosts: true,
    });
    expect(told.hosts.length).toBeGreaterThan(0);
  });

  it('tells which images the catalog cannot answer for', async () => {
    const [head, ...rows] = await answer(4);
    expect(head).toMatch(/^\d+ unknown, as of \d{4}-.*Z, complete: true$/);
    const name = unread.entries[0]?.row.name ?? unread.onHosts[0]!.row.name!;
    expect(rows.map((row) => row.split('\t')[1])).toContain(name);
    const hosts = rows.map((row) => Number(row.split('\t')[0]));
    expect(hosts).toEqual(hosts.toSorted((a, b) => b - a));
  });
});
