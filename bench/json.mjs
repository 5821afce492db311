// The cost of exact integers: our parser beside JSON.parse (which corrupts large integers) and lossless-json (which keeps
// them), in one run, on a page of 200 registry rows as HSS sends it, with and without ids beyond 2^53.
//
//   npm run build && node bench/json.mjs [--json]
import { parse as losslessParse } from 'lossless-json';
import { startEmulator } from '../dist/emulator/emulator.js';
import { parseJson } from '../dist/json/lossless.js';

const rounds = 400;

const emulator = await startEmulator({ rate: 'off' });
const url = `${emulator.url}/v5/${emulator.projectId}/image/registries/images?limit=200&offset=0`;
const headers = { 'X-Auth-Token': emulator.issueToken(), region: emulator.region };
const withBigIds = await (await fetch(url, { headers })).text();
await emulator.close();
const withoutBigIds = withBigIds.replace(/\d{16,}/g, '1234567890');

const parsers = {
  'JSON.parse': (text) => JSON.parse(text),
  parseJson,
  'lossless-json': (text) => losslessParse(text),
};

/** Rounds alternate between the parsers, so that the machine's noise hits all parsers. @returns medians in µs. */
function measure(text) {
  const took = Object.fromEntries(Object.keys(parsers).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, parse] of Object.entries(parsers)) {
      const startedAt = performance.now();
      parse(text);
      took[name].push((performance.now() - startedAt) * 1000);
    }
  }
  return Object.fromEntries(
    Object.entries(took).map(([name, times]) => [name, times.sort((a, b) => a - b)[rounds / 2]]),
  );
}

const rows = Object.entries({ 'no big integer': withoutBigIds, 'big integers': withBigIds }).flatMap(
  ([body, text]) => {
    const medians = measure(text);
    return Object.entries(medians).map(([parser, us]) => ({
      body: `${body}, ${Math.round(text.length / 1024)} KiB`,
      parser,
      us: Math.round(us),
      'times JSON.parse': Number((us / medians['JSON.parse']).toFixed(2)),
    }));
  },
);
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);
