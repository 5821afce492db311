import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** @param host a name or an address, an IPv6 address with or without brackets. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(bare);
  return version === 0
    ? bare.toLowerCase() === 'localhost'
    : loopback.check(bare, version === 6 ? 'ipv6' : 'ipv4');
}
