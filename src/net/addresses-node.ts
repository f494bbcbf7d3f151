/** Which addresses are of no public host. */
import { BlockList, isIP } from 'node:net';

/** By IANA's special-purpose registries: this host and network, private, shared, loopback, link-local, tests, multicast. */
const PRIVATE_V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24'],
  ...['192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
];
/** The same, unique-local and site-local; protocols' own; ways of the past to IPv4 through IPv6 (6to4, Teredo, compatible addresses). */
const PRIVATE_V6 = [
  '::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

const PRIVATE = new BlockList();
const block = (prefix: string, family: 'ipv4' | 'ipv6', before = '', more = 0): void => {
  const [net, bits] = prefix.split('/');
  PRIVATE.addSubnet(before + net, Number(bits) + more, family);
};
for (const prefix of PRIVATE_V6) block(prefix, 'ipv6');
for (const prefix of PRIVATE_V4) {
  block(prefix, 'ipv4'); // BlockList knows it in ::ffff:0:0/96, too
  block(prefix, 'ipv6', '64:ff9b::', 96); // by NAT64
  block(prefix, 'ipv6', '::ffff:0:', 96); // by SIIT
}

/** Whether an address is of this machine, of its network, or of no host at all. @param address IPv4 or IPv6 */
export const isPrivate = (address: string): boolean => PRIVATE.check(address.replace(/%.*$/, ''), isIP(address) === 6 ? 'ipv6' : 'ipv4');
