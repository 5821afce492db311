import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import type { View } from '../../consumers/consumer.js';
import { dataVary } from '../../http/answer.js';
import { codingOf, preferredType } from '../../http/negotiation.js';
import { Problem } from '../../http/problem.js';
import type { RequestContext } from '../../http/request-context.js';
import { stringifyJson } from '../../json/lossless.js';
import { invalid } from '../../http/validation.js';
import { CallerGone } from '../../time/deadline.js';
import type { Asker } from '../model/asker.js';
import { asksForFiles, type Coverage, type ImageFilter, type Match } from '../model/catalog-query.js';
import type { HostedImage, MatchingImage } from '../model/reader.js';
import type { ChangesSource } from '../model/sources.js';
import { atVersion, CatalogAccess } from '../lookup/catalog-access.js';
import type { ExportQuery } from './catalog-images.query.js';
import { CATALOG_CHANGES, sealMark } from './changes.js';
import { columnsOfHosts, columnsOfImages, csvHeader, csvRows, type Columns } from './csv.js';
import { checkWords, readFilter, readMatch } from './image-filter.js';
import { forView, hostedFields, toItem } from './image-view.js';
import { RunningExports } from './running-exports.js';

const contentTypes = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8; header=present' };
type Format = keyof typeof contentTypes;
/** The media types of exports. The first is the default. */
export const exportTypes: readonly string[] = Object.values(contentTypes);

interface Export {
  headers: Record<string, string>;
  body: Readable;
}

/** The parts of the HTTP exchange that an export looks at. */
interface Exchange {
  method: string;
  headers: IncomingHttpHeaders;
  response: ServerResponse;
}

/**
 * Streams all matching images of one version of the catalog, or all pairs of a host and a matching image, one batch at
 * a time and no faster than the consumer reads. The stream ends when the consumer disconnects or stops reading.
 */
@Injectable()
export class Exports {
  constructor(
    private readonly access: CatalogAccess,
    private readonly running: RunningExports,
    @Inject(CATALOG_CHANGES) private readonly changes: ChangesSource,
  ) {}

  /** @throws Problem before the first byte. A later error breaks the stream off. */
  async prepare(
    query: ExportQuery,
    { method, headers: { accept, 'accept-encoding': acceptEncoding }, response }: Exchange,
    context: RequestContext,
  ): Promise<Export> {
    const format = formatOf(query.format, accept);
    const filter = readFilter(query);
    const match = readMatch(query.match, filter);
    const isOfHosts = query.of === 'hosts';
    if (isOfHosts && match === 'unknown')
      throw invalid({
        field: 'match',
        message: 'must not be unknown with of=hosts: hosts have known matches',
      });
    const { version, age } = await this.access.position('/v1/catalog/export', {}, context);
    const { reader } = this.access;
    const isHead = method === 'HEAD';
    if (!isHead) this.running.claim(context.consumer, response);
    await atVersion(checkWords(reader, filter, version, context));
    const place = this.changes.markAfter(reader.epoch, version);
    const mark = sealMark(this.access.cursorKey, place, context);
    const { total, unknown } = await atVersion(
      isOfHosts
        ? this.#countHosts(filter, version, context)
        : this.#countImages(filter, match, version, context),
    );
    const isCsv = format === 'csv';
    const isGzip = codingOf(acceptEncoding) !== 'identity';
    const headers = {
      'content-type': contentTypes[format],
      'content-disposition': `attachment; filename="${isOfHosts ? 'hosts' : 'catalog'}.${format}"`,
      'cache-control': 'private, no-store',
      vary: `Accept, ${dataVary}`,
      ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
      'x-catalog-as-of': new Date(age.asOf).toISOString(),
      'x-catalog-complete': String(age.complete),
      'x-catalog-coverage': coverageHeader(reader.seenBy(context.namespaces).coverage()),
      'x-catalog-mark': mark,
      'x-catalog-total': String(total),
      ...(unknown === null ? {} : { 'x-catalog-unknown': String(unknown) }),
    };
    if (isHead) return { headers, body: Readable.from([]) };
    const withFiles = asksForFiles(filter);
    const { view } = context.principal.consumer;
    const text = isOfHosts
      ? textOf(
          await atVersion(reader.streamHosts(filter, version, context)),
          toHostLine(view),
          isCsv && columnsOfHosts(withFiles),
        )
      : textOf(
          await atVersion(reader.stream(filter, match, version, context)),
          toLine(view),
          isCsv && columnsOfImages(withFiles),
        );
    if (response.destroyed) throw new CallerGone();
    const body = readableOf(text, isGzip);
    this.running.bound(context.consumer, body, response);
    return { headers, body };
  }

  #countImages(filter: ImageFilter, match: Match, version: number, asker: Asker) {
    const page = { filter, match, sort: [], limit: 1, after: null, version };
    return this.access.reader.images(page, asker);
  }

  async #countHosts(filter: ImageFilter, version: number, asker: Asker) {
    const page = { filter, sort: [], limit: 0, offset: 0, version };
    const { pairs, unknown } = await this.access.reader.hosts(page, asker);
    return { total: pairs, unknown };
  }
}

function readableOf(lines: AsyncIterable<string>, isGzip: boolean): Readable {
  const text = Readable.from(lines, { objectMode: false, highWaterMark: 64 * 1024 });
  if (!isGzip) return text;
  // Gzip flushes after each batch. A small answer would otherwise wait in gzip's buffer until the end.
  const gzip = createGzip({ level: 4, flush: constants.Z_SYNC_FLUSH });
  // An error in one of the two streams ends both, and the reply gets the error.
  return pipeline(text, gzip, () => undefined);
}

/** @param columns for CSV; false for NDJSON. */
async function* textOf<Row>(
  batches: AsyncIterable<Row[]>,
  toLine: (row: Row) => object,
  columns: Columns<Row> | false,
): AsyncGenerator<string> {
  if (columns) yield csvHeader(columns);
  for await (const rows of batches) {
    if (rows.length === 0) continue;
    yield columns ? csvRows(rows, columns) : rows.map((row) => `${stringifyJson(toLine(row))}\n`).join('');
  }
}

function toLine(view: View): (image: MatchingImage) => object {
  return (image) => forView(image, view);
}

function toHostLine(view: View): (line: HostedImage) => object {
  return ({ image, ...host }) => ({ ...host, image: toItem(image, hostedFields, view) });
}

/** @throws Problem `not-acceptable` when the consumer does not accept the format that the query names. */
function formatOf(named: string | undefined, accept: string | undefined): Format {
  const offered = named === undefined ? exportTypes : [contentTypes[named as Format]];
  const type = preferredType(accept, offered);
  if (type === undefined)
    throw new Problem(
      'not-acceptable',
      `format=${named} gives ${offered.join()}, which Accept does not name`,
    );
  return type === contentTypes.csv ? 'csv' : 'ndjson';
}

/**
 * `baseOs=12/450, files=3/450`: the number of images whose content is known, of the number whose content HSS can tell.
 */
function coverageHeader({ baseOs, files }: Coverage): string {
  return `baseOs=${baseOs.known}/${baseOs.total}, files=${files.known}/${files.total}`;
}
