// How many bytes of V8's heap one byte of parsed JSON takes: the figure behind `heapBytesPerJsonByte` in
// src/cache/memory-tier.ts. Blocks of 200 rows are measured twice, because the cache holds both: parsed from their own
// text, as they come from Redis, and as HSS's answer gives them. An answer with integers beyond 2^53 is parsed
// character by character; storing the block writes it as text once, after which its strings take hardly more memory.
//
//   npm run build && node --expose-gc bench/memory.mjs [--json]
import { startEmulator } from '../dist/emulator/emulator.js';
import { toImageFileRow } from '../dist/endpoints/image-files/image-file.row.js';
import { toLocalImageRow } from '../dist/endpoints/local-images/local-image.row.js';
import { toRegistryImageRow } from '../dist/endpoints/registry-images/registry-image.row.js';
import { readList } from '../dist/hss/envelope.js';
import { parseJson, stringifyJson } from '../dist/json/lossless.js';

if (!global.gc) throw new Error('Run it with node --expose-gc');

/** Large enough that the garbage of the measurement does not matter. */
const held = 40 * 1024 * 1024;

const emulator = await startEmulator({
  rate: 'off',
  totalRate: 'off',
  registryImages: 4_000,
  localImages: 4_000,
});

async function fetchText(path, query) {
  const url = new URL(`/v5/${emulator.projectId}/image/${path}`, emulator.url);
  url.search = new URLSearchParams({ limit: '200', enterprise_project_id: 'all_granted_eps', ...query });
  const headers = { 'X-Auth-Token': emulator.issueToken(), region: emulator.region };
  const answer = await fetch(url, { headers });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

async function pagesOf(path, query = {}) {
  const offsets = Array.from({ length: 20 }, (_, page) => String(page * 200));
  return Promise.all(offsets.map((offset) => fetchText(path, { ...query, offset })));
}

/** All pages of files of the largest image on this page. */
async function filePages(registryPage) {
  const sized = await Promise.all(
    JSON.parse(registryPage).data_list.map(async (row) => {
      const coordinates = {
        image_type: row.image_type,
        namespace: row.namespace,
        image_name: row.image_name,
        tag_name: row.image_version,
      };
      const path = `${encodeURIComponent(row.image_id)}/files`;
      const text = await fetchText(path, coordinates).catch(() => '{}');
      return { path, coordinates, total: JSON.parse(text).total_num ?? 0 };
    }),
  );
  const [largest] = sized.sort((a, b) => b.total - a.total);
  const pages = await pagesOf(largest.path, largest.coordinates);
  return pages.filter((text) => JSON.parse(text).data_list.length > 0);
}

function heapUsed() {
  global.gc();
  global.gc();
  return process.memoryUsage().heapUsed;
}

/** Bytes of heap per byte of JSON for the values that `make` builds from each text. */
function measure(texts, make, jsonLengths) {
  const kept = [];
  let jsonBytes = 0;
  const before = heapUsed();
  for (let turn = 0; jsonBytes < held; turn += 1) {
    kept.push(make(texts[turn % texts.length]));
    jsonBytes += jsonLengths[turn % texts.length];
  }
  const taken = heapUsed() - before;
  return kept.length > 0 ? taken / jsonBytes : NaN;
}

const registryPages = await pagesOf('registries/images');
const kinds = [
  ['registry images', registryPages, toRegistryImageRow],
  ['local images', await pagesOf('local-repositories'), toLocalImageRow],
  ['files', await filePages(registryPages[0]), toImageFileRow],
];
await emulator.close();

const results = kinds.map(([kind, answers, toRow]) => {
  const fromHss = (text) => {
    const { total, rows } = readList(parseJson(text));
    return { total, rows: rows.map(toRow) };
  };
  // As the cache stores a block: the text goes to Redis, the rows stay in memory.
  const stored = (text) => {
    const block = fromHss(text);
    stringifyJson(block);
    return block;
  };
  const blocks = answers.map((text) => stringifyJson(fromHss(text)));
  const lengths = blocks.map(({ length }) => length);
  return {
    kind,
    'bytes per block': Math.round(lengths.reduce((sum, length) => sum + length, 0) / lengths.length),
    'heap per byte, from Redis': Number(measure(blocks, parseJson, lengths).toFixed(2)),
    'heap per byte, from HSS': Number(measure(answers, stored, lengths).toFixed(2)),
  };
});
if (process.argv.includes('--json')) console.log(JSON.stringify(results));
else console.table(results);
