/** A relative link with a query string, without the parameters that are undefined. */
export function link(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(query).filter(
    (pair): pair is [string, string | number] => pair[1] !== undefined,
  );
  const search = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return search === '' ? path : `${path}?${search}`;
}

/** Our routes as consumers see them: a proxy may publish the service below a base path. */
export class PublicPaths {
  constructor(private readonly basePath: string) {}

  of(path: string): string {
    return this.basePath + path;
  }
}
