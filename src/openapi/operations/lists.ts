import { catalogErrors, hssErrors, type Operations } from '../operation.js';

/** The operations on the catalog as a whole, and HSS's two lists row by row. */
export const listOperations = {
  getCatalogSummary: {
    summary: 'The catalog in counts, and the riskiest images',
    description: 'Counts of all images, or of those that match, and the ten riskiest of them.',
    kind: 'data',
    answer: ['CatalogSummary'],
    errors: [...catalogErrors],
  },
  exportCatalog: {
    summary: 'All images that match, as a stream of NDJSON or CSV',
    description:
      'One image, or with `of=hosts` one host with one image, on each line. Headers tell the state of the catalog. A stream that breaks off is incomplete: compare the lines with `X-Catalog-Total`.',
    kind: 'stream',
    answer: ['CatalogImage', 'CatalogHostedImage'],
    errors: [...catalogErrors],
  },
  listCatalogChanges: {
    summary: 'What changed, oldest first',
    description:
      'Follow the catalog: ask again with the `nextSince` of the last answer, with any filter. `next` is null when nothing newer is there.',
    kind: 'list',
    answer: ['CatalogChanges'],
    errors: [...catalogErrors, 'cursor-expired'],
  },
  getCatalogStatus: {
    summary: 'How far the catalog is: sync, age, coverage',
    description: 'The only route of the catalog that also answers while the catalog is empty.',
    kind: 'report',
    answer: ['CatalogStatus'],
    errors: [],
  },
  listRegistryImages: {
    summary: 'Images in registries, row by row as HSS lists them',
    description:
      'Passes the filters to HSS. Prefer the operation searchImages, which joins registries and hosts and costs no call. A key that sees only some namespaces must name one: without `namespace` a 400, with another one a 404.',
    kind: 'list',
    answer: ['RegistryImagePage'],
    errors: [...hssErrors, 'not-found'],
  },
  listLocalImages: {
    summary: 'Images on hosts, row by row as HSS lists them',
    description:
      'Passes the filters to HSS. Prefer the operations searchImages and listHosts, which cost no call. Closed (403) to a key that sees only some namespaces.',
    kind: 'list',
    answer: ['LocalImagePage'],
    errors: [...hssErrors, 'not-found'],
  },
} satisfies Operations;
