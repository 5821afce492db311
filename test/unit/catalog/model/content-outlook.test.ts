import { describe, expect, it } from '@jest/globals';
import { contentOutlooks, coverageOf } from '../../../../src/catalog/model/content-outlook.js';
import { derive } from '../../../../src/catalog/model/derive.js';
import type { ContentDocument, ImageDocument } from '../../../../src/catalog/model/documents.js';
import {
  contentDocument,
  hostRecord,
  imageDocument,
  registryRecord,
} from '../../../support/catalog/documents.js';

const scanAt = (day: number | null, status = 'completed') => ({
  status,
  scannedAt: day === null ? null : `2026-01-0${day}T00:00:00.000Z`,
  failure: null,
});
const of = (...rows: Parameters<typeof registryRecord>[0][]) =>
  imageDocument('k', {
    entries: rows.map((row, at) => registryRecord({ imageId: 'id', ...row }, `registry/${at}`)),
  });
const read = (day: number) => contentDocument('k', [], [], scanAt(day).scannedAt);
const refused = (day: number | null): ContentDocument => {
  const told = { askedAt: 1, times: 1, askAgainAt: 2, scannedUntil: scanAt(day).scannedAt };
  return { ...contentDocument('k', null, null), notKnown: { files: told } };
};

interface Case {
  title: string;
  document: ImageDocument;
  content?: ContentDocument;
  files: [status: string, reason: string | null];
  coverage: 'known' | 'missing' | null;
}

const cases: Case[] = [
  {
    title: 'read after the last scan',
    document: of({ scan: scanAt(2) }),
    content: read(2),
    files: ['known', null],
    coverage: 'known',
  },
  {
    title: 'not read yet',
    document: of({ scan: scanAt(2) }),
    files: ['soon', 'not-read'],
    coverage: 'missing',
  },
  {
    title: 'scanned since the last read',
    document: of({ scan: scanAt(2) }),
    content: read(1),
    files: ['soon', 'scanned-again'],
    coverage: 'missing',
  },
  {
    title: 'not known to HSS',
    document: of({ scan: scanAt(2) }),
    content: refused(2),
    files: ['never', 'not-known-to-hss'],
    coverage: null,
  },
  {
    title: 'scanned since HSS did not know it',
    document: of({ scan: scanAt(2) }),
    content: refused(1),
    files: ['soon', 'not-read'],
    coverage: 'missing',
  },
  {
    title: 'never scanned',
    document: of({ scan: scanAt(null, 'not-scanned') }),
    files: ['after-scan', 'not-scanned'],
    coverage: null,
  },
  {
    title: 'with a scan status that HSS has added',
    document: of({ scan: scanAt(null, 'paused') }),
    files: ['after-scan', 'not-scanned'],
    coverage: null,
  },
  {
    title: 'whose scan failed',
    document: of({ scan: scanAt(null, 'download-failed') }),
    files: ['after-scan', 'scan-failed'],
    coverage: null,
  },
  {
    title: 'that HSS does not scan',
    document: of({ scan: scanAt(null, 'not-scanned'), scannable: false }),
    files: ['never', 'not-scannable'],
    coverage: null,
  },
  {
    title: 'too large to be scanned',
    document: of({ scan: scanAt(null, 'oversized') }),
    files: ['never', 'not-scannable'],
    coverage: null,
  },
  { title: 'of jfrog', document: of({ type: 'jfrog' }), files: ['never', 'jfrog'], coverage: null },
  {
    title: 'without a tag',
    document: of({ tag: null }),
    files: ['never', 'no-coordinates'],
    coverage: null,
  },
  {
    title: 'of jfrog and of a registry that waits for its scan',
    document: of({ type: 'jfrog' }, { scan: scanAt(null, 'waiting') }),
    files: ['after-scan', 'not-scanned'],
    coverage: null,
  },
  {
    title: 'that a purge has made unread',
    document: imageDocument('k', {
      entries: [{ ...registryRecord({ imageId: 'id', scan: { ...scanAt(null), status: null } }), readAt: 0 }],
    }),
    files: ['soon', 'not-read'],
    coverage: null,
  },
  {
    title: 'on hosts only',
    document: imageDocument('k', { onHosts: [hostRecord({ scan: scanAt(2) })] }),
    files: ['never', 'on-hosts-only'],
    coverage: null,
  },
];

describe('the outlook of the files of an image', () => {
  it.each(cases)('$title: $files.0', ({ document, content, files: [status, reason], coverage }) => {
    const image = derive(document, content);
    expect(image.content.files).toEqual({ status, reason });
    const { files } = contentOutlooks(document, image.scan, content);
    expect(coverageOf(document, files)).toBe(coverage);
  });
});
