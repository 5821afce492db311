/**
 * Finds the API that a request is for. An image id is one segment of the path: a '/' in the id arrives as %2F and is
 * decoded after the path is split. The gateway refuses such an id before any signature is checked, since some SDKs
 * send %2F and sign '/'.
 */
export const emulatedApis = [
  'ListImageFiles',
  'ListImageBasicImage',
  'ListImageLocal',
  'ListRegistryImages',
  'ShowImageAssetStatistics',
  'CreateToken',
] as const;

export type Api = (typeof emulatedApis)[number];
export type HssApi = Exclude<Api, 'CreateToken'>;

export interface Route {
  readonly api: Api;
  readonly projectId: string;
  readonly imageId: string;
}

export function findRoute(method: string, path: string): Route | undefined {
  if (method === 'POST' && path === '/v3/auth/tokens') {
    return { api: 'CreateToken', projectId: '', imageId: '' };
  }
  const [empty, version, project, image, ...rest] = path.split('/');
  if (method !== 'GET' || empty !== '' || version !== 'v5' || !project || image !== 'image') return undefined;

  const projectId = decodeSegment(project);
  const [first = '', second = ''] = rest;
  if (rest.length === 1 && first === 'local-repositories') {
    return { api: 'ListImageLocal', projectId, imageId: '' };
  }
  if (rest.length !== 2 || first === '') return undefined;
  if (first === 'registries' && second === 'images') {
    return { api: 'ListRegistryImages', projectId, imageId: '' };
  }
  if (first === 'asset' && second === 'statistics') {
    return { api: 'ShowImageAssetStatistics', projectId, imageId: '' };
  }
  if (second === 'files') return { api: 'ListImageFiles', projectId, imageId: decodeSegment(first) };
  if (second === 'basic-image')
    return { api: 'ListImageBasicImage', projectId, imageId: decodeSegment(first) };
  return undefined;
}

export function isUnsafeSegment(id: string): boolean {
  return /[/\u0000-\u001f\u007f]|^\.\.?$/.test(id);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
