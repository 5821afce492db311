/** The image in HSS's own examples. The emulator knows this image, and tests of many routes ask for it. */
export const proxyAgentId = 'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';

export const proxyAgentCoordinates = {
  type: 'private_image',
  namespace: 'scc_hss_container',
  name: 'proxy-agent',
  tag: '24.5.0-x86_64',
};

/** The coordinates as a query string. */
export const proxyAgentQuery = new URLSearchParams(proxyAgentCoordinates).toString();

/** The path of the image's merged answer. */
export const proxyAgent = `/v1/images/${proxyAgentId}?${proxyAgentQuery}`;
