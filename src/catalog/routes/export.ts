import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '../../http/problem.js';
import type { RequestContext } from '../../http/request-context.js';
import { stringifyJson } from '../../json/lossless.js';
import { CLOCK } from '../../injection-tokens.js';
import type { Clock } from '../../time/clock.js';
import type { Coverage, ImageFilter, Match } from '../model/catalog-query.js';
import type { CatalogImage } from '../model/catalog-image.js';
import { atVersion, CatalogAccess } from '../lookup/catalog-access.js';
import type { ExportQuery } from './catalog-images.query.js';
import { csvHeader, csvRows } from './csv.js';
import { checkWords, readFilter, readMatch } from './image-filter.js';

/**
 * Each export keeps one version of the catalog in memory. A larger number at once is a sign of a backup out of
 * control.
 */
const mostAtOnce = 8;
/**
 * The service ends an export when the consumer reads nothing for this long, or when the export takes this long in
 * total.
 */
const longestStallMs = 30_000;
const longestExportMs = 15 * 60_000;

interface Export {
  headers: Record<string, string>;
  /** Opens the stream. A HEAD request does not open it. */
  open(): Readable;
}

/**
 * Streams all matching images of one version of the catalog, one batch at a time and no faster than the consumer
 * reads. The stream ends when the consumer disconnects or stops reading.
 */
@Injectable()
export class Exports {
  #running = 0;

  constructor(
    private readonly access: CatalogAccess,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Problem before the first byte. A later error breaks the stream off. */
  async prepare(
    query: ExportQuery,
    acceptEncoding: string | undefined,
    context: RequestContext,
  ): Promise<Export> {
    const filter = readFilter(query);
    const match = readMatch(query.match, filter);
    const { version, age } = await this.access.position('/v1/catalog/export', {}, context);
    const { reader } = this.access;
    await atVersion(checkWords(reader, filter, version));
    const page = { filter, match, sort: [], limit: 1, after: null, version };
    const { total, unknown } = await atVersion(reader.images(page));
    if (this.#running >= mostAtOnce)
      throw new Problem('overloaded', 'Too many exports are running', { retryAt: this.clock.now() + 10_000 });
    const isCsv = query.format === 'csv';
    const isGzip = acceptsGzip(acceptEncoding);
    const headers = {
      'content-type': isCsv ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson',
      'content-disposition': `attachment; filename="catalog.${isCsv ? 'csv' : 'ndjson'}"`,
      'cache-control': 'private, no-store',
      vary: 'Accept-Encoding',
      ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
      'x-catalog-as-of': new Date(age.asOf).toISOString(),
      'x-catalog-complete': String(age.complete),
      'x-catalog-coverage': coverageHeader(reader.coverage()),
      'x-catalog-total': String(total),
      ...(unknown === null ? {} : { 'x-catalog-unknown': String(unknown) }),
    };
    return { headers, open: () => this.#open(filter, match, version, isCsv, isGzip) };
  }

  #open(filter: ImageFilter, match: Match, version: number, isCsv: boolean, isGzip: boolean): Readable {
    const batches = this.access.reader.stream(filter, match, version);
    const text = Readable.from(this.#text(batches, isCsv), { objectMode: false, highWaterMark: 64 * 1024 });
    // Gzip flushes after each batch. A small answer would otherwise wait in gzip's buffer until the end.
    const gzip = () => createGzip({ level: 4, flush: constants.Z_SYNC_FLUSH });
    // An error in one of the two streams ends both, and the reply gets the error.
    return this.#bounded(isGzip ? pipeline(text, gzip(), () => undefined) : text);
  }

  async *#text(batches: AsyncIterable<CatalogImage[]>, isCsv: boolean): AsyncGenerator<string> {
    if (isCsv) yield csvHeader();
    for await (const images of batches) {
      if (images.length === 0) continue;
      yield isCsv ? csvRows(images) : images.map((image) => `${stringifyJson(image)}\n`).join('');
    }
  }

  /** Ends the stream, and so frees the version, when the consumer disconnects, stops reading or takes too long. */
  #bounded(out: Readable): Readable {
    this.#running += 1;
    const end = (why: string) => () => out.destroy(new Error(why));
    const cancelLongest = this.clock.after(longestExportMs, end('The export took too long'));
    const stalled = end('The consumer does not read the export');
    let cancelStall = this.clock.after(longestStallMs, stalled);
    out.on('data', () => {
      cancelStall();
      cancelStall = this.clock.after(longestStallMs, stalled);
    });
    // A listener for `data` would start the stream here. The reply must start the stream.
    out.pause();
    out.once('close', () => {
      this.#running -= 1;
      cancelStall();
      cancelLongest();
    });
    return out;
  }
}

/** Whether the consumer accepts gzip: `gzip;q=0` refuses it. */
function acceptsGzip(header: string | undefined): boolean {
  return (header ?? '').split(',').some((part) => {
    const [coding = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    return (coding === 'gzip' || coding === '*') && !parameters.some((word) => /^q=0(\.0*)?$/.test(word));
  });
}

/**
 * `baseOs=12/450, files=3/450`: the number of images with known content, and the number of all images that HSS can
 * tell about.
 */
function coverageHeader({ baseOs, files }: Coverage): string {
  return `baseOs=${baseOs.known}/${baseOs.total}, files=${files.known}/${files.total}`;
}
