/** The address of a Huawei Cloud service in a region. The region eu-west-101 has its own domain. */
export function regionEndpoint(service: 'hss' | 'iam', region: string): string {
  return `https://${service}.${region}.myhuaweicloud.${region === 'eu-west-101' ? 'eu' : 'com'}`;
}
