// Lists of network addresses as people write them in settings: single ones and subnets (CIDR), IPv4 and IPv6.
import { BlockList, isIP } from 'node:net';

/** Throws RangeError whose message says which entry, counted from 1, is neither an address nor a subnet. */
export function addressList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [index, entry] of entries.entries()) {
    const [address = '', prefix, ...rest] = entry.split('/');
    const version = isIP(address);
    const bits = version === 6 ? 128 : 32;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (version === 0 || rest.length > 0 || !(length <= bits)) {
      throw new RangeError(`entry ${index + 1} is no address or subnet, such as 10.0.0.7 or 172.16.0.0/12`);
    }
    list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
