import {
  catalogErrors,
  exampleCoordinates,
  exampleDigest,
  exampleHostId,
  hssErrors,
  type Operations,
} from '../operation.js';

const oneImage = { imageId: exampleDigest, ...exampleCoordinates };
const reference = `${exampleCoordinates.namespace}/${exampleCoordinates.name}:${exampleCoordinates.tag}`;

/** The operations that find images and hosts, in the order of the page: what a newcomer wants comes first. */
export const imageOperations = {
  searchImages: {
    summary: 'Search all images: registries and hosts, joined by digest',
    description:
      'Answers from the catalog, without a call of HSS. Images with the same digest are one item. Without `sort`, the images come in the order in which the catalog first saw them.',
    kind: 'list',
    answer: ['CatalogImagePage'],
    errors: [...catalogErrors, 'cursor-expired'],
  },
  getImage: {
    summary: 'One image with its base OS, files and hosts',
    description:
      'Merges up to four HSS calls. Each part has its own status and age. An image that the catalog knows needs no coordinates; others need `type`, `namespace`, `name` and `tag`. One usable part makes a 200.',
    kind: 'data',
    answer: ['MergedImage'],
    errors: [
      ...hssErrors,
      'image-coordinates-required',
      'not-found',
      'ambiguous-reference',
      'image-not-scanned',
      'catalog-not-ready',
    ],
    filledIn: oneImage,
  },
  lookupImage: {
    summary: 'One image by a reference, as CI and clusters write it',
    description:
      'The answer of the operation getImage, for `[registry-host/]namespace/name[:tag][@sha256:…]`, a digest or an id. A digest wins over a tag. A host that is none of our registries is a 404, or a 409 with candidates.',
    kind: 'data',
    answer: ['MergedImage'],
    errors: [...hssErrors, 'not-found', 'ambiguous-reference', 'image-not-scanned', 'catalog-not-ready'],
    filledIn: { ref: reference },
  },
  batchGetImages: {
    summary: 'Up to 100 images by their references',
    description:
      'Keeps the order of the references. The status is 200 whenever the body is valid: `outcome` tells the result of each reference.',
    kind: 'moment',
    answer: ['BatchAnswer'],
    errors: ['payload-too-large', 'unsupported-media-type', 'deadline-exceeded'],
    causesCalls: true,
    body: {
      schema: 'BatchRequest',
      example: { refs: [reference, exampleDigest, 'no-such-team/app:1'], include: ['image', 'hosts'] },
    },
  },
  listImageFiles: {
    summary: 'The files of one image',
    description: "HSS's list of the image's files, page by page. HSS has no files of `jfrog` images.",
    kind: 'list',
    answer: ['ImageFilePage'],
    errors: [...hssErrors, 'image-coordinates-required', 'not-found', 'ambiguous-reference'],
    filledIn: oneImage,
  },
  listImageBaseOs: {
    summary: 'The base OS of one image, layer by layer',
    description: "HSS's list of the layers whose operating system it recognised.",
    kind: 'list',
    answer: ['BaseImagePage'],
    errors: [...hssErrors, 'image-coordinates-required', 'not-found', 'ambiguous-reference'],
    filledIn: oneImage,
  },
  listHosts: {
    summary: 'Hosts that have matching images',
    description:
      'Answers from the catalog, without a call of HSS. Takes every filter on images, for questions such as "which hosts have this file".',
    kind: 'list',
    answer: ['CatalogHostPage'],
    errors: [...catalogErrors, 'cursor-expired'],
  },
  listHostImages: {
    summary: 'The images of one host',
    description: 'Answers from the catalog, without a call of HSS.',
    kind: 'list',
    answer: ['CatalogImagePage'],
    errors: [...catalogErrors, 'cursor-expired', 'not-found'],
    filledIn: { hostId: exampleHostId },
  },
} satisfies Operations;
