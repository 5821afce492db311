/** Where Huawei Cloud serves a region: eu-west-101 has a domain of its own. */
export function regionEndpoint(service: 'hss' | 'iam', region: string): string {
  return `https://${service}.${region}.myhuaweicloud.${region === 'eu-west-101' ? 'eu' : 'com'}`;
}
