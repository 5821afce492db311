/** Everything that a Redis holds, as text: for tests that look for bytes that must be gone. */
import { inflateRawSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { commonText } from '../../src/catalog/index/documents/common-text.js';

/** Each key with all texts that its bytes can be read as: plain, inflated, and the deflated parts inside. */
export async function storedTexts(url: string): Promise<Map<string, string>> {
  const redis = new Redis(url);
  try {
    const texts = new Map<string, string>();
    for (const key of await redis.keys('*')) {
      const type = await redis.type(key);
      if (type === 'hash') texts.set(key, JSON.stringify(await redis.hgetall(key)));
      else if (type === 'string') texts.set(key, textsIn((await redis.getBuffer(key)) ?? Buffer.alloc(0)));
    }
    return texts;
  } finally {
    redis.disconnect();
  }
}

const dictionary = Buffer.from(commonText);
const lineFeed = 10;

/** Tries every line end as the beginning of deflated bytes, and every block that follows another one. */
function textsIn(bytes: Buffer, depth = 0): string {
  const texts = [bytes.toString('latin1')];
  if (depth < 3)
    for (let at = 0; at !== -1 && at < bytes.length; at = nextStart(bytes, at))
      for (const inflated of allInflated(bytes.subarray(at))) texts.push(textsIn(inflated, depth + 1));
  return texts.join('\n');
}

function nextStart(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(lineFeed, at);
  return end === -1 ? -1 : end + 1;
}

function allInflated(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const next = inflated(rest);
    if (!next) break;
    found.push(next.bytes);
    rest = rest.subarray(next.used);
  }
  return found;
}

function inflated(bytes: Buffer): { bytes: Buffer; used: number } | undefined {
  for (const options of [{}, { dictionary }])
    try {
      const { buffer, engine } = inflateRawSync(bytes, { ...options, info: true }) as unknown as {
        buffer: Buffer;
        engine: { bytesWritten: number };
      };
      if (buffer.length > 0 && engine.bytesWritten > 0) return { bytes: buffer, used: engine.bytesWritten };
    } catch {
      // These bytes are not deflated in this way.
    }
  return undefined;
}
