// `npm run --silent sbom > sbom.cdx.json`: the packages of production as CycloneDX 1.5, from the lock file alone.
// `npm sbom --omit=dev` leaves out each package that a development package needs too, such as ioredis; the program of
// CycloneDX brings 119 packages of its own.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const read = (path) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8'));
const { name, version, description } = read('package.json');
const { packages } = read('package-lock.json');

const purlOf = (name, version) => `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;

/** `sha512-…` in base64, as the lock file has it, in the form of CycloneDX. */
function hashesOf(integrity = '') {
  const [, bits, digest] = /^sha(\d+)-(\S+)$/.exec(integrity) ?? [];
  return bits ? [{ alg: `SHA-${bits}`, content: Buffer.from(digest, 'base64').toString('hex') }] : [];
}

/** One name is an id of SPDX; several make an expression. */
const licensesOf = (license) =>
  /[ (]/.test(license) ? [{ expression: license }] : [{ license: { id: license } }];

const components = new Map();
for (const [path, { version, license, integrity, optional, dev }] of Object.entries(packages)) {
  if (path === '' || dev) continue;
  const name = path.replace(/^.*node_modules\//, '');
  const purl = purlOf(name, version);
  components.set(purl, {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    scope: optional ? 'optional' : 'required',
    hashes: hashesOf(integrity),
    licenses: licensesOf(license),
    purl,
  });
}

const purl = purlOf(name, version);
const sbom = {
  $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: { component: { type: 'application', 'bom-ref': purl, name, version, description, purl } },
  components: [...components.values()],
};
console.log(JSON.stringify(sbom, null, 2));
