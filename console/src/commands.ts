/** The lines that ask the API the same question as a page: for a shell, and for the TypeScript client. Pure. */
import type { Filters } from './filters.js';

/** @param path below the service's address, such as `/v1/images`. The key is never part of a line. */
export function curlLine(origin: string, path: string, parameters: Filters, isStrict = false): string {
  const asked = Object.entries(parameters).map(
    ([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`,
  );
  const sent = isStrict ? [`-H 'Prefer: handling=strict'`] : [];
  const get = asked.length > 0 ? 'curl -sSfG' : 'curl -sSf';
  return [get, quoted(origin + path), '-H "X-API-Key: $KEY"', ...sent, ...asked].join(' ');
}

function quoted(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** @param method of the client, such as `searchImages`. @param pathValues what stands in the path. */
export function clientLine({
  method,
  pathValues = {},
  filters,
  isStrict = false,
}: {
  method: string;
  pathValues?: Filters;
  filters: Filters;
  isStrict?: boolean;
}): string {
  const all = Object.entries({ ...pathValues, ...filters });
  const given = all.map(([name, value]) => `${nameOf(name)}: ${literal(name, value)}`);
  const options = isStrict ? ', { strict: true }' : '';
  return `await client.${method}(${given.length > 0 ? `{ ${given.join(', ')} }${options}` : ''})`;
}

const lists = new Set(['include', 'sort']);
const notTexts = /^(?:limit|fileLimit|\w+Min|running|onHosts|inRegistry|multiArch)$/;

/** In the type that the client takes. What else an address holds stays a text: a line to copy never holds its code. */
function literal(name: string, value: string): string {
  if (lists.has(name))
    return `[${value
      .split(',')
      .map((word) => JSON.stringify(word))
      .join(', ')}]`;
  return notTexts.test(name) && /^(?:\d+|true|false)$/.test(value) ? value : JSON.stringify(value);
}

function nameOf(name: string): string {
  return /^\w+$/.test(name) ? name : JSON.stringify(name);
}
