// Images whose content the catalog does not know: each is unknown for a question on content, and says why.
import { afterEach, describe, expect, it } from '@jest/globals';
import { bodyOf, postBatch, useFilledCatalog } from '../support/catalog/filled-service.js';
import { contentDocument, hostRecord, imageDocument, registryRecord } from '../support/catalog/documents.js';
import type { ImageDocument } from '../../src/catalog/model/documents.js';

const scan = (status: string) => ({ status, scannedAt: null, failure: null });
let serial = 1_000_000;
const named = (name: string, over: Parameters<typeof registryRecord>[0] = {}): ImageDocument =>
  imageDocument(name, {
    serial: (serial += 1),
    entries: [registryRecord({ imageId: name, name, ...over }, `registry/${name}`)],
  });

const host = { hostId: 'host-of-unknown', name: 'node', agentId: null };
const images = [
  named('read'),
  named('unread'),
  named('unscanned', { scan: scan('not-scanned') }),
  named('paused', { scan: scan('paused') }),
  named('broken', { scan: scan('failed') }),
  named('exempt', { scan: scan('not-scanned'), scannable: false }),
  named('foreign', { type: 'jfrog' }),
  named('refused'),
  imageDocument('local', { serial: 999_999, onHosts: [hostRecord({ name: 'local', host })] }),
];
const told = { askedAt: 1, times: 3, askAgainAt: 2, scannedUntil: '2026-01-02T00:00:00.000Z' };
const contents = [
  contentDocument('read', [{ osName: 'Debian' }], [{ name: 'libfound.so' }]),
  { ...contentDocument('refused', null, null), notKnown: { files: told, baseOs: told } },
];
const expected = {
  unread: ['soon', 'not-read'],
  unscanned: ['after-scan', 'not-scanned'],
  paused: ['after-scan', 'not-scanned'],
  broken: ['after-scan', 'scan-failed'],
  exempt: ['never', 'not-scannable'],
  foreign: ['never', 'jfrog'],
  refused: ['never', 'not-known-to-hss'],
  local: ['never', 'on-hosts-only'],
};
const names = Object.keys(expected);

describe('an image whose content is not known', () => {
  const story = useFilledCatalog({ registryImages: 30, localImages: 5 });
  const { apply, get, fetched, walk } = story;

  afterEach(() => {
    expect(story.emulator.journal.entries).toEqual([]);
  });

  it.each(['fileName=libfound', 'filePath=/opt', 'baseOsName=debian'])(
    'is unknown for %s, whatever the reason',
    async (question) => {
      await apply({ images, contents });
      const page = await fetched(`/v1/images?${question}`);
      const open = await walk(`/v1/images?${question}&match=unknown&limit=200`);
      expect(open).toHaveLength(page.unknown);
      const part = question.startsWith('file') ? 'files' : 'baseOs';
      const found = Object.fromEntries(
        open
          .filter(({ name }) => names.includes(name))
          .map(({ name, content }) => [name, [content[part].status, content[part].reason]]),
      );
      expect(found).toEqual(expected);
      expect(open.every(({ content }) => content[part].status !== 'known')).toBe(true);
      const all = await fetched('/v1/images?limit=1');
      expect(Number(page.total) + Number(page.unknown)).toBeLessThanOrEqual(Number(all.total));
    },
  );

  it('is neither a match nor unknown only when its content is known', async () => {
    await apply({ images, contents });
    const [all, known] = await Promise.all([
      walk('/v1/images?limit=200'),
      get('/v1/images?fileName=nothing'),
    ]);
    const open = all.filter(({ content }) => content.files.status !== 'known');
    expect(known.body).toMatchObject({ total: 0, unknown: open.length });
    const hosts = await fetched('/v1/hosts?fileName=libfound');
    const onHosts = open.filter((item) => item.hosts.items.length > 0);
    expect(hosts.unknown).toBe(onHosts.length);
  });

  it('says in an export what to expect', async () => {
    await apply({ images, contents });
    const query = 'fileName=libfound&match=unknown';
    const csv = await get(`/v1/catalog/export?format=csv&${query}`);
    const [head = '', ...lines] = csv.text.trimEnd().split('\r\n');
    const columns = head.split(',');
    const cells = lines.map((line) => line.split(','));
    const cell = (row: string[], column: string) => row[columns.indexOf(column)];
    const row = cells.find((one) => cell(one, 'name') === 'exempt')!;
    expect([cell(row, 'filesStatus'), cell(row, 'filesReason')]).toEqual(expected.exempt);
    const ndjson = await get(`/v1/catalog/export?${query}`);
    const items = ndjson.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(items).toHaveLength(lines.length);
    expect(items.find(({ name }) => name === 'foreign').content.files).toEqual({
      status: 'never',
      reason: 'jfrog',
    });
    expect(Number(csv.headers.get('x-catalog-unknown'))).toBe(items.length);
  });

  it('is absent from a batch without a call when HSS does not know it', async () => {
    const now = story.clock.now();
    const lately = { ...told, askedAt: now, askAgainAt: now + 600_000 };
    const refused = {
      ...contentDocument('refused', null, null),
      notKnown: { files: lately, baseOs: lately },
    };
    await apply({ images, contents: [refused] });
    const body = JSON.stringify({ refs: ['refused'], include: ['baseOs', 'files', 'image'] });
    for (const time of ['first', 'second']) {
      const { items } = await bodyOf(postBatch(story.service, body));
      expect([time, items[0].outcome, items[0].value.parts]).toMatchObject([
        time,
        'ok',
        { files: { status: 'absent', fetchedAt: new Date(now).toISOString() }, baseOs: { status: 'absent' } },
      ]);
    }
  });

  it('leaves the coverage when nobody can know it', async () => {
    story.discardService();
    await apply({ images, contents });
    const after = (await fetched('/v1/catalog/status')).coverage.files;
    await apply({ gone: images.map(({ key }) => key) });
    const without = (await fetched('/v1/catalog/status')).coverage.files;
    expect([after.total - without.total, after.known - without.known]).toEqual([2, 1]);
  });
});
