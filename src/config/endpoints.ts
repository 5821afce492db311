/** The address of a Huawei Cloud service in a region. */
export function regionEndpoint(service: 'hss' | 'iam', region: string): string {
  return `https://${regionHost(service, region)}`;
}

/** The host of a service in a region. Images in SWR's basic edition are pulled from the host of `swr`. */
export function regionHost(service: 'hss' | 'iam' | 'swr', region: string): string {
  // The region eu-west-101 has its own domain.
  return `${service}.${region}.myhuaweicloud.${region === 'eu-west-101' ? 'eu' : 'com'}`;
}
