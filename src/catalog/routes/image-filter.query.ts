import { scanStatuses } from '../../domain/scan.js';
import { severities } from '../../domain/severity.js';
import { registryImageTypes } from '../../domain/words.js';
import {
  BooleanParameter,
  FormParameter,
  IntegerParameter,
  TextParameter,
  TimeParameter,
} from '../../http/parameters.js';
import type { WordField } from '../model/catalog-query.js';
import { isWithoutNull, readWords } from './filter-words.js';

const largestCount = 2_147_483_647;
/** The longest names in HSS's answers. HSS's own filters accept less. */
export const longestName = 256;
const longestWords = 1_024;

/** Several words of one field. The form is checked here; `checkWords` checks words that must be known. */
function FilterWords(field: WordField, description: string, words?: readonly string[]): PropertyDecorator {
  const nullForm = isWithoutNull(field) ? '' : ', ~null for no value';
  const allowed = `1 to ${longestWords} characters: different words with commas between them, !word to leave a word out${nullForm}, \\ in front of a comma, !, ~ or \\ that belongs to a word`;
  const accepts = (value: string) => readWords(field, value) !== undefined;
  const shown = `${description}. Several words with commas between them; !word leaves out${nullForm}`;
  return FormParameter({ allowed, accepts, maxLength: longestWords, words }, shown);
}

/** The conditions that the routes of the catalog accept. */
export class ImageFilterQuery {
  @TextParameter(longestName, 'An image id or digest, with or without sha256:')
  imageId?: string;

  @FilterWords('severity', 'Worst severity, such as high,medium; unknown means not assessed', severities)
  severity?: string;

  @FilterWords('scanStatus', 'Scan status', scanStatuses)
  scanStatus?: string;

  @IntegerParameter({ min: 0, max: largestCount }, 'At least this many vulnerabilities')
  vulnerabilitiesMin?: string;

  @IntegerParameter({ min: 0, max: largestCount }, 'At least this many settings that fail the baseline check')
  unsafeSettingsMin?: string;

  @IntegerParameter({ min: 0, max: largestCount }, 'At least this many malicious files')
  maliciousFilesMin?: string;

  @IntegerParameter({ min: 0, max: largestCount }, 'On at least this many hosts')
  hostsMin?: string;

  @FilterWords('namespace', 'Organization')
  namespace?: string;

  @FilterWords('name', 'Image name, ignoring case')
  name?: string;

  @FilterWords('tag', 'Image tag')
  tag?: string;

  @FilterWords('registryName', 'Registry name; ~null also finds entries whose registry HSS does not name')
  registryName?: string;

  @FilterWords('type', 'Kind of registry image', registryImageTypes)
  type?: string;

  @FilterWords('notScannableReason', 'Why HSS cannot scan the image')
  notScannableReason?: string;

  @TextParameter(longestName, 'Id of a host that has the image')
  hostId?: string;

  @TextParameter(longestName, 'Name of a host that has the image, ignoring case')
  hostName?: string;

  @TextParameter(longestName, 'Part of the name of a host that has the image, ignoring case')
  hostQuery?: string;

  @BooleanParameter('The image is in at least one registry')
  inRegistry?: string;

  @BooleanParameter('The image is on at least one host')
  onHosts?: string;

  @BooleanParameter(
    'At least one container runs the image: on the host that the path or the query names, on any host if none is named. In /v1/hosts and an export of hosts: on each host that is listed',
  )
  running?: string;

  @BooleanParameter('Is a multi-architecture image')
  multiArch?: string;

  @FilterWords('baseOs', 'Base OS with its version, exactly as the facet shows it')
  baseOs?: string;

  @FilterWords('baseOsName', 'Name of the base OS, ignoring case')
  baseOsName?: string;

  @FilterWords('baseOsVersion', 'Version of the base OS, ignoring case: 9 is also 9.13, but not 90')
  baseOsVersion?: string;

  @TextParameter(longestName, 'Part of the name of a file in the image, or of its whole path, ignoring case')
  fileName?: string;

  @TextParameter(longestName, 'Part of the directory of a file in the image, ignoring case')
  filePath?: string;

  @TimeParameter('Updated at or after')
  updatedAfter?: string;

  @TimeParameter('Updated before')
  updatedBefore?: string;

  @TimeParameter('Scanned at or after')
  scannedAfter?: string;

  @TimeParameter('Scanned before')
  scannedBefore?: string;

  @TextParameter(longestName, 'Part of a name as namespace/name:tag, ignoring case')
  q?: string;
}
