import { OmitType } from '@nestjs/swagger';
import {
  IntegerParameter,
  OpaqueParameter,
  TimeOrMarkParameter,
  WordParameter,
  WordsParameter,
} from '../../http/parameters.js';
import { facetNames, sortKeys } from '../model/catalog-query.js';
import { imageFields } from './image-view.js';
import { ImageFilterQuery } from './image-filter.query.js';

export const defaultCatalogLimit = 50;
const longestPage = 200;
const sortWords = sortKeys.flatMap((key) => [key, `-${key}`]);
const matchParameter = () =>
  WordParameter(
    ['known', 'unknown'],
    'With a filter on content: known lists the matches, unknown the images that might match',
  );

export class CatalogImagesQuery extends ImageFilterQuery {
  @WordsParameter(
    sortWords,
    undefined,
    'Sort keys; a minus puts the largest values first; unknown values come last',
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
export class HostImagesQuery extends OmitType(CatalogImagesQuery, ['hostId', 'hostName']) {}

export class HostsQuery extends ImageFilterQuery {
  @WordsParameter(
    imageFields,
    undefined,
    'The fields of the matching images to show; default: names and risk',
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

  @matchParameter()
  match?: string;
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
}
