/**
 * The hosts by which images are pulled, in one spelling. The parser of references and the catalog use this file.
 * Which hosts are ours is not decided here.
 */

/** Docker Hub. Docker means this registry by a name without a host. */
export const dockerHub = 'docker.io';

const hostText = /^(\[[\da-f:.]{2,45}\]|[a-z\d]([a-z\d._-]*[a-z\d])?)\.?(:\d{1,5})?$/i;

/**
 * The host with its port, in lower case, without the port 443 and without a dot at the end. `index.docker.io` is
 * Docker Hub.
 * @returns undefined for a text that is no `host[:port]`.
 */
export function registryHost(text: string): string | undefined {
  const url = `https://${text.replace(/\.(?=:\d+$|$)/, '')}`;
  if (!hostText.test(text) || !URL.canParse(url)) return undefined;
  const { host } = new URL(url);
  return host === 'index.docker.io' ? dockerHub : host;
}

/** The host in the URL of a registry, which HSS gives with or without a scheme. @returns undefined for other texts. */
export function hostOfUrl(url: string): string | undefined {
  return registryHost(url.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/s, ''));
}
