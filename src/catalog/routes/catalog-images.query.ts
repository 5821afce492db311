import { OmitType } from '@nestjs/swagger';
import {
  FormParameter,
  IntegerParameter,
  OpaqueParameter,
  TextParameter,
  TimeOrMarkParameter,
  WordParameter,
  WordsParameter,
} from '../../http/parameters.js';
import { severities } from '../../domain/severity.js';
import { facetNames, hostSortKeys, sortKeys } from '../model/catalog-query.js';
import { eventKinds } from '../model/catalog-event.js';
import { readWords } from './filter-words.js';
import { imageFields } from './image-view.js';
import { ImageFilterQuery, longestName } from './image-filter.query.js';

export const defaultCatalogLimit = 50;
const longestPage = 200;
const inBothDirections = (keys: readonly string[]) => keys.flatMap((key) => [key, `-${key}`]);
const matchParameter = () =>
  WordParameter(
    ['known', 'unknown'],
    'With a filter on content: known lists the matches, unknown the images that might match',
  );

export class CatalogImagesQuery extends ImageFilterQuery {
  @WordsParameter(
    inBothDirections(sortKeys),
    undefined,
    'Sort keys, each once; a minus puts the largest values first; unknown values come last',
  )
  sort?: string;

  @WordsParameter(imageFields, undefined, 'The fields of an item to show; default: all')
  fields?: string;

  @WordsParameter(facetNames, undefined, 'Counts of the matches by their values')
  facets?: string;

  @IntegerParameter({ min: 1, max: longestPage, default: defaultCatalogLimit }, 'Items per page')
  limit?: string;

  @OpaqueParameter(
    'The `nextCursor` of an earlier answer, valid for at least 15 minutes: shows the next page',
  )
  cursor?: string;

  @matchParameter()
  match?: string;
}

/** The parameters for the images of one host. The path names the host. */
export class HostImagesQuery extends OmitType(CatalogImagesQuery, ['hostId', 'hostName', 'hostQuery']) {}

export class HostsQuery extends ImageFilterQuery {
  @WordsParameter(
    inBothDirections(hostSortKeys),
    '-matches',
    'Sort keys: matching images, containers that run them, the worst severity and the most vulnerabilities of a matching image, name of the host, each once; a minus puts the largest values first',
  )
  sort?: string;

  @WordsParameter(
    imageFields,
    undefined,
    'The fields of the matching images to show; default: names, risk, containers, and files that match',
  )
  fields?: string;

  @IntegerParameter({ min: 1, max: longestPage, default: defaultCatalogLimit }, 'Hosts per page')
  limit?: string;

  @OpaqueParameter(
    'The `nextCursor` of an earlier answer, valid for at least 15 minutes: shows the next page',
  )
  cursor?: string;
}

export class ExportQuery extends ImageFilterQuery {
  @WordParameter(['ndjson', 'csv'], 'Form of the export; default: ndjson')
  format?: string;

  @WordParameter(
    ['images', 'hosts'],
    'One line for each image (default), or one line for each host and image',
  )
  of?: string;

  @matchParameter()
  match?: string;
}

/** Whether the text has only words of severity. A word to leave out is none: a change can have two severities. */
function areSeverities(text: string): boolean {
  const words = readWords('severity', text);
  const isKnown = (word: string | null) => word === null || severities.some((known) => known === word);
  return words !== undefined && words.none.length === 0 && words.any.every(isKnown);
}

const mostChanges = 1_000;
export const defaultChanges = 200;

export class ChangesQuery {
  @TimeOrMarkParameter(
    'The `nextSince` of an earlier answer, or a time; default: the oldest change that is kept',
  )
  since?: string;

  @IntegerParameter({ min: 1, max: mostChanges, default: defaultChanges }, 'Changes per answer')
  limit?: string;

  @WordsParameter(eventKinds, undefined, 'Kinds of change')
  kind?: string;

  @FormParameter(
    {
      allowed: `different words of ${severities.join(', ')}, ~null (not assessed), with commas between them`,
      accepts: areSeverities,
      maxLength: longestName,
      words: severities,
    },
    'Severity of the image after the change, or before it for severity-changed; ~null means not assessed. Several words with commas between them',
  )
  severity?: string;

  @TextParameter(longestName, 'Id or digest of the image, with or without `sha256:`')
  imageId?: string;

  @TextParameter(longestName, 'Id of the host that an image came to or left')
  hostId?: string;

  @TextParameter(longestName, 'Name of the host that an image came to or left, ignoring case')
  hostName?: string;
}
