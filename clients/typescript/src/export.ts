import { parseExact, type Int64Places } from './exact-json.js';
import { linesOf } from './lines.js';
import { operations } from './operations.js';
import type { Export } from './options.js';
import { UnexpectedAnswerError } from './problem.js';

/** A line is an image as in the pages of searchImages, or holds such an image under `image`. */
const ofImage: Int64Places = operations.searchImages.int64.items;
const ofLine: Int64Places = { ...ofImage, image: ofImage };

export function exportOf(body: ReadableStream<Uint8Array>, { status, headers }: Response): Export<unknown> {
  const header = (name: string) => headers.get(`x-catalog-${name}`) ?? '';
  const total = Number(header('total'));
  return {
    asOf: new Date(header('as-of')),
    complete: header('complete') === 'true',
    mark: header('mark'),
    total,
    lines: parsed(body, total, status),
  };
}

async function* parsed(body: ReadableStream<Uint8Array>, total: number, status: number) {
  let read = 0;
  for await (const line of linesOf(body)) {
    read += 1;
    yield parseExact(line, ofLine);
  }
  if (read < total)
    throw new UnexpectedAnswerError(status, `the export broke off after ${read} of ${total} lines`);
}
