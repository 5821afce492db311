/** Words in answers. A schema `KnownX` has the words of this release; `X` is open to new ones. */
import { eventKinds } from '../../catalog/model/catalog-event.js';
import { problems } from '../../http/problem.js';
import { scanStatuses } from '../../domain/scan.js';
import { severities } from '../../domain/severity.js';
import { imageTypes, localImageTypes } from '../../domain/words.js';
import { knownWords, openWord } from '../schema-parts.js';

const contentReasons = [
  'not-read',
  'scanned-again',
  'not-scanned',
  'scan-failed',
  'jfrog',
  'on-hosts-only',
  'not-scannable',
  'no-coordinates',
  'not-known-to-hss',
];

export const wordSchemas = {
  KnownSeverity: knownWords(severities),
  Severity: openWord(
    'KnownSeverity',
    'From the mildest to the worst: none, low, medium, high. Rank an unknown word above high.',
  ),
  KnownScanStatus: knownWords(scanStatuses),
  ScanStatus: openWord('KnownScanStatus', 'The state of the scan by HSS.'),
  KnownImageType: knownWords(imageTypes),
  ImageType: openWord('KnownImageType', "HSS's own words for the kinds of registry images."),
  KnownLocalImageType: knownWords(localImageTypes),
  LocalImageType: openWord('KnownLocalImageType', "HSS's own words for the kinds of images on hosts."),
  KnownMatchedBy: knownWords(['digest', 'name', 'variant', 'index']),
  MatchedBy: openWord(
    'KnownMatchedBy',
    'How the image was found on the host. digest: the host tells this digest; name: the host tells no digest; variant: the host has an architecture of the asked image; index: the host names the multi-architecture image of the asked architecture. Lists of images have digest and name only.',
  ),
  KnownChangeKind: knownWords(eventKinds),
  ChangeKind: openWord('KnownChangeKind', 'What changed.'),
  KnownContentReason: knownWords(contentReasons),
  ContentReason: openWord('KnownContentReason', 'Why the content is not known.'),
  ProblemCode: {
    ...knownWords(Object.keys(problems)),
    description: 'A closed set; /docs/problems explains each code.',
  },
};
