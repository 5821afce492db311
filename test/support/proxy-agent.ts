/** The image of HSS's own examples. */
export const proxyAgentId = 'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';

export const proxyAgentCoordinates = {
  type: 'private_image',
  namespace: 'scc_hss_container',
  name: 'proxy-agent',
  tag: '24.5.0-x86_64',
};

export const proxyAgentQuery = new URLSearchParams(proxyAgentCoordinates).toString();

/** The path of the merged answer of this image. */
export const proxyAgent = `/v1/images/${proxyAgentId}?${proxyAgentQuery}`;
