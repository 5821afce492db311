/**
 * The filters of the catalog in the address of a page. They have the names of the API's parameters; `q` and `os` hold
 * what people typed. Pure.
 */

/** Parameters by name, in the form that the API takes. */
export type Filters = Readonly<Record<string, string>>;

/** The parameters that a page passes on to the API. Cursors are no part of an address. */
const passedOn = [
  ...['q', 'os', 'fileName', 'filePath', 'baseOs', 'baseOsName', 'baseOsVersion', 'imageId'],
  ...['severity', 'scanStatus', 'type', 'namespace', 'name', 'tag', 'registryName', 'notScannableReason'],
  ...['running', 'onHosts', 'inRegistry', 'multiArch', 'hostId', 'hostName', 'hostQuery'],
  ...['vulnerabilitiesMin', 'unsafeSettingsMin', 'maliciousFilesMin', 'hostsMin'],
  ...['updatedAfter', 'updatedBefore', 'scannedAfter', 'scannedBefore', 'match', 'sort'],
];

export function filtersOf(search: string): Filters {
  const given = new URLSearchParams(search);
  return Object.fromEntries(
    passedOn.flatMap((name) => {
      const value = given.get(name) ?? '';
      return value === '' ? [] : [[name, value]];
    }),
  );
}

/** @returns with the question mark, or an empty text. */
export function searchOf(filters: Filters): string {
  const text = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== '')).toString();
  return text === '' ? '' : `?${text}`;
}

/** Words of one filter. A backslash makes the next character a plain one, so a comma behind one parts nothing. */
export function wordsOf(value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : (value.match(/(?:\\.|[^,\\])+/gu) ?? []);
}

/** The filters with a word of a facet put in, or taken out when it was in. */
export function toggled(filters: Filters, name: string, word: string): Filters {
  const words = wordsOf(filters[name]);
  const next = words.includes(word) ? words.filter((each) => each !== word) : [...words, word];
  return changed(filters, name, next.join(','));
}

/** An empty value takes the filter out. */
export function changed(filters: Filters, name: string, value: string): Filters {
  const rest = Object.fromEntries(Object.entries(filters).filter(([each]) => each !== name));
  return value === '' ? rest : { ...rest, [name]: value };
}

const hexDigest = /^(?:sha256:)?[0-9a-f]{64}$/i;
const scheme = /^[a-z]+:\/\//i;
/** While a digest is being typed or is cut off, what stands before it counts. */
const startOfDigest = /@.*$/su;
/** The first segment of a reference is a host when it has a dot or a port, as Docker has it. */
const registryHost = /^(?:localhost|[\w-]*[.:][\w.:-]*)\//;
/** A version begins with a digit, or with one behind a V: `Debian 9`, `Kylin V10`, `EulerOS 2.0 (SP9)`. */
const baseOsText = /^(?<name>.*?)\s*(?<version>(?:\bv)?\d.*)?$/isu;

/** The filters as the API takes them: what people typed as `q` and `os` is read here. */
export function apiFilters({ q = '', os = '', fileName = '', ...rest }: Filters): Filters {
  const { name = '', version = '' } = baseOsText.exec(os.trim())?.groups ?? {};
  const words = { baseOsName: escaped(name), baseOsVersion: escaped(version) };
  const all = { ...imageFilters(q.trim()), ...words, fileName: fileName.trim(), ...rest };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

/**
 * A digest, an id, a reference as CI has it, or a part of one. A name may hold slashes and may stand without its
 * namespace, so the text is not parted: the API looks for it in `namespace/name:tag`.
 */
function imageFilters(text: string): Filters {
  const digest = /@(sha256:[0-9a-f]{64})$/i.exec(text)?.[1] ?? (hexDigest.test(text) ? text : undefined);
  if (digest !== undefined) return { imageId: digest.toLowerCase() };
  return { q: text.replace(scheme, '').replace(registryHost, '').replace(startOfDigest, '') };
}

function escaped(word: string): string {
  return word.replace(/[\\,]/g, '\\$&').replace(/^[!~]/, '\\$&');
}

/** Whether only images whose files are known can match. */
export function asksForFiles(filters: Filters): boolean {
  return ['fileName', 'filePath'].some((name) => name in filters);
}

/** As {@link asksForFiles}. */
export function asksForBaseOs(filters: Filters): boolean {
  return ['os', 'baseOs', 'baseOsName', 'baseOsVersion'].some((name) => name in filters);
}
