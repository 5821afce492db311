import { scanStatuses } from '../../domain/scan.js';
import { severities } from '../../domain/severity.js';
import {
  BooleanParameter,
  IntegerParameter,
  TextParameter,
  TimeParameter,
  WordsParameter,
} from '../../http/parameters.js';

/** The word by which a filter selects images with an unknown value (null). */
export const unknownWord = 'unknown';
const largestCount = 2_147_483_647;
/** The longest names in HSS's answers. HSS's own filters accept less. */
const longestName = 256;

/** The conditions that the routes of the catalog accept. */
export class ImageFilterQuery {
  @TextParameter(longestName, 'An image id or digest, with or without sha256:')
  imageId?: string;

  @WordsParameter([...severities, unknownWord], undefined, 'Worst severity; unknown means not assessed')
  severity?: string;

  @WordsParameter([...scanStatuses, unknownWord], undefined, 'Scan status')
  scanStatus?: string;

  @IntegerParameter({ min: 0, max: largestCount }, 'At least this many vulnerabilities')
  vulnerabilitiesMin?: string;

  @IntegerParameter({ min: 0, max: largestCount }, 'At least this many settings that fail the baseline check')
  unsafeSettingsMin?: string;

  @IntegerParameter({ min: 0, max: largestCount }, 'At least this many malicious files')
  maliciousFilesMin?: string;

  @IntegerParameter({ min: 0, max: largestCount }, 'On at least this many hosts')
  hostsMin?: string;

  @TextParameter(longestName, 'Organization')
  namespace?: string;

  @TextParameter(longestName, 'Image name')
  name?: string;

  @TextParameter(longestName, 'Image tag')
  tag?: string;

  @TextParameter(longestName, 'Registry name')
  registryName?: string;

  @TextParameter(longestName, 'Kind of registry image')
  type?: string;

  @TextParameter(longestName, 'Id of a host that has the image')
  hostId?: string;

  @TextParameter(longestName, 'Name of a host that has the image')
  hostName?: string;

  @BooleanParameter('The image is on at least one host')
  onHosts?: string;

  @BooleanParameter('At least one container runs the image')
  running?: string;

  @BooleanParameter('Is a multi-architecture image')
  multiArch?: string;

  @TextParameter(longestName, 'Base OS, ignoring case')
  baseOsName?: string;

  @TextParameter(longestName, 'Version of the base OS, ignoring case')
  baseOsVersion?: string;

  @TextParameter(longestName, 'Part of the name of a file in the image')
  fileName?: string;

  @TextParameter(longestName, 'Part of the directory of a file in the image')
  filePath?: string;

  @TimeParameter('Updated at or after')
  updatedAfter?: string;

  @TimeParameter('Updated before')
  updatedBefore?: string;

  @TimeParameter('Scanned at or after')
  scannedAfter?: string;

  @TimeParameter('Scanned before')
  scannedBefore?: string;

  @TextParameter(longestName, 'Part of a namespace, name or tag, ignoring case')
  q?: string;
}
