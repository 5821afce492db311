/** The lines that ask the API the same question as a page: for a shell, and for the TypeScript client. Pure. */
import type { Filters } from './filters.js';

/** @param path below the service's address, such as `/v1/images`. The key is never part of a line. */
export function curlLine(origin: string, path: string, parameters: Filters, headers: Filters = {}): string {
  const asked = Object.entries(parameters).map(
    ([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`,
  );
  const sent = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
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
  headers = {},
}: {
  method: string;
  pathValues?: Filters;
  filters: Filters;
  headers?: Filters;
}): string {
  const all = { ...pathValues, ...filters, ...headers };
  const given = Object.entries(all).map(([name, value]) => `${nameOf(name)}: ${JSON.stringify(value)}`);
  return `await client.${method}(${given.length > 0 ? `{ ${given.join(', ')} }` : ''})`;
}

function nameOf(name: string): string {
  return /^\w+$/.test(name) ? name : JSON.stringify(name);
}
