/**
 * Which addresses the gateway may be sent to by a URL in a hostile certificate or mail (threat 27).
 *
 * Checked on the address that is really connected to, after resolution, so a name that resolves inwards does not help.
 * Ranges: the special-purpose registries of RFC 6890 and its updates.
 */
import { BlockList, isIP } from 'node:net';

const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** IPv6: only global unicast is allowed, less the parts of it that embed IPv4 or are documentation. */
const GLOBAL_V6 = '2000::/3';
const REFUSED_V6 = ['2001::/32', '2001:db8::/32', '2002::/16', '3fff::/20'];

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', bits] = range.split('/');
    list.addSubnet(net, Number(bits), family);
  }
  return list;
}

const refusedV4 = listOf(REFUSED_V4, 'ipv4');
const globalV6 = listOf([GLOBAL_V6], 'ipv6');
const refusedV6 = listOf(REFUSED_V6, 'ipv6');

/** True for a public unicast address; `also` names ranges that the administrator allows besides (an internal CRL). */
export function mayConnect(address: string, also: BlockList | null): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (also?.check(address, family === 4 ? 'ipv4' : 'ipv6')) return true;
  if (family === 4) return !refusedV4.check(address, 'ipv4');
  return globalV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6');
}

/** CIDR ranges of the settings. Throws on what is none. */
export function allowedRanges(ranges: readonly string[]): BlockList | null {
  if (ranges.length === 0) return null;
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', bits] = range.split('/');
    const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(net, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}
