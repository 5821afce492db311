/** The lists of the catalog: images, hosts, counts, changes. */
import { facetNames } from '../../catalog/model/catalog-query.js';
import { summaryFacets } from '../../catalog/routes/summary.js';
import {
  about,
  count,
  integerOrNull,
  listOf,
  object,
  orNull,
  ref,
  text,
  textOrNull,
  time,
  type Schema,
} from '../schema-parts.js';

const facetsOf = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, listOf(ref('FacetValue'))] as const));

const unknown = about(
  'With a filter on content: the number of further images that might match; match=unknown lists these images',
  count,
);

const page = {
  total: count,
  limit: count,
  next: about('Link to the next page; null on the last page', textOrNull),
  nextCursor: textOrNull,
  unknown,
  catalog: ref('CatalogMark'),
};

const pageOf = (items: Schema, more: Record<string, Schema> = {}): Schema =>
  object({ items: listOf(items), ...page, ...more }, ['unknown', ...Object.keys(more)]);

export const catalogListSchemas = {
  FacetValue: object({
    value: textOrNull,
    filter: about('The text that the parameter of the same name takes for this value', text),
    count,
  }),
  Facets: object(facetsOf(facetNames), facetNames),
  CatalogImagePage: pageOf(ref('CatalogImage'), { facets: ref('Facets') }),
  CatalogHost: object(
    {
      hostId: textOrNull,
      name: textOrNull,
      agentId: textOrNull,
      matches: about('The number of matching images on the host', count),
      containerCount: about(
        'The number of containers on the host that run matching images; null when HSS gave no number',
        integerOrNull,
      ),
      matchedBy: ref('MatchedBy'),
      images: about('The first matching images, worst first', listOf(ref('CatalogImage'))),
    },
    ['matchedBy'],
  ),
  CatalogHostedImage: object({
    hostId: textOrNull,
    hostName: textOrNull,
    agentId: textOrNull,
    containerCount: about('The number of containers that run the image on this host', integerOrNull),
    image: about('Names, risk, and files that match', ref('CatalogImage')),
  }),
  CatalogHostPage: pageOf(ref('CatalogHost')),
  CatalogSummary: object(
    {
      total: count,
      unknown,
      counts: object(facetsOf(summaryFacets)),
      riskiest: listOf(ref('CatalogImage')),
      catalog: ref('CatalogMark'),
    },
    ['unknown'],
  ),
  CatalogChange: object({
    at: time,
    kind: ref('ChangeKind'),
    imageId: textOrNull,
    digest: textOrNull,
    namespace: textOrNull,
    name: textOrNull,
    tag: textOrNull,
    severity: about(
      "The image's severity after the change; null: not assessed, or told by an instance of release 0.1.0",
      orNull(ref('Severity')),
    ),
    before: about('severity-changed: the severity before; scanned: the time of the scan before', textOrNull),
    after: textOrNull,
    hostId: textOrNull,
    hostName: textOrNull,
  }),
  CatalogChanges: object({
    items: listOf(ref('CatalogChange')),
    limit: count,
    next: textOrNull,
    nextSince: about('The value of `since` for the next request, with the same or another filter', text),
    catalog: ref('CatalogMark'),
  }),
};
