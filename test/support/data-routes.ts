import { proxyAgentId, proxyAgentQuery } from './proxy-agent.js';

/** Every data route, with a path that the emulator has data for. */
export const dataRoutes = [
  { route: '/v1/registry-images', path: '/v1/registry-images?limit=3' },
  { route: '/v1/local-images', path: '/v1/local-images?limit=3' },
  { route: '/v1/images/{imageId}', path: `/v1/images/${proxyAgentId}?${proxyAgentQuery}` },
  { route: '/v1/images/{imageId}/files', path: `/v1/images/${proxyAgentId}/files?${proxyAgentQuery}` },
  { route: '/v1/images/{imageId}/base-os', path: `/v1/images/${proxyAgentId}/base-os?${proxyAgentQuery}` },
];
