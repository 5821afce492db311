import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { parseJson } from '../json/lossless.js';

/** HSS's largest answers (200 rows) are below 1 MiB. A longer answer is a fault; reading it would block the process. */
const longestBodyBytes = 4 * 1024 * 1024;

/** The answer of an exchange. Its status and headers stand, whatever became of its body. */
export class Answer {
  constructor(
    readonly status: number,
    private readonly headers: Readonly<Record<string, unknown>>,
    private readonly body: Body,
  ) {}

  header(name: string): string | null {
    const value = this.headers[name];
    return typeof value === 'string' ? value : null;
  }

  /** Why the body cannot be read, in words that end the sentence "The answer of HSS …"; null for a body that can. */
  get fault(): string | null {
    return this.body.fault;
  }

  /** @returns the parsed body, undefined if the body is not JSON. */
  json(): unknown {
    try {
      return parseJson(this.body.text);
    } catch {
      return undefined;
    }
  }
}

export interface Body {
  text: string;
  fault: string | null;
}

/**
 * Reads the whole body. Never throws: a body that breaks off, is too long or is not compressed as its header says is
 * an empty text with a fault. Dropping the stream drops its connection.
 * @param contentType tells another charset. JSON is UTF-8, so a charset that the bytes contradict is passed over.
 */
export async function readBody(stream: Readable, contentType: unknown): Promise<Body> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > longestBodyBytes) {
        stream.destroy();
        return { text: '', fault: 'is larger than 4 MiB' };
      }
      chunks.push(chunk);
    }
  } catch {
    return { text: '', fault: 'broke off' };
  }
  const bytes = Buffer.concat(chunks);
  // Decodes malformed bytes as U+FFFD, and leaves out a byte order mark.
  return { text: new TextDecoder().decode(bytes), fault: charsetFault(bytes, contentType) };
}

function charsetFault(bytes: Buffer, contentType: unknown): string | null {
  const charset = /;\s*charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(String(contentType))?.[1] ?? 'utf-8';
  const isOther = !/^utf-?8$/i.test(charset);
  // The NULs of UTF-16 are well-formed UTF-8, and no JSON has them.
  return isOther && (!isUtf8(bytes) || bytes.includes(0)) ? `is in ${charset} and not in UTF-8` : null;
}
