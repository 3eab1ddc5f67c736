/** Which addresses an SDP may make the relay send to before they have sent anything themselves. RFC 8866 §9, RFC 6890. */
import { BlockList, isIPv6 } from 'node:net'

/** A numeric address and a port. */
export interface Endpoint {
  /** Numeric, IPv4 or IPv6 without brackets. */
  readonly address: string
  /** From 1 to 65535. */
  readonly port: number
}

/**
 * False for what no phone has: groups, nobody, link-local services, low ports, loopback from an address that is not. Whatever is
 * refused may still become a target by sending RTP itself. `own` are places of this house that speak something else than RTP.
 */
export function maySendTo(target: Endpoint, local: string, own: readonly Endpoint[] = []): boolean {
  const { address, port } = target
  if (port < LOWEST_PORT || local.includes(':') !== address.includes(':') || !isAddress(address)) return false
  if (isIn(NEVER, address) || (isIn(LOOPBACK, address) && !isIn(LOOPBACK, local))) return false
  return !own.some(one => one.port === port && one.address === address)
}

/** Whether only one host in the world has this address, so that its owner's packets come from there. RFC 6890, RFC 6598. */
export function isPublic(address: string): boolean {
  return isAddress(address) && ![NEVER, LOOPBACK, PRIVATE].some(nets => isIn(nets, address))
}

/** For IPv4 arithmetic, because every m-line of every SDP comes here; for IPv6 Node's own list, which knows all spellings. */
interface Nets {
  readonly v4: readonly (readonly [first: number, last: number])[]
  readonly v6: BlockList
}

function isIn(nets: Nets, address: string): boolean {
  if (address.includes(':')) return nets.v6.check(address, 'ipv6')
  const number = numberOf(address)
  for (const [first, last] of nets.v4) if (number >= first && number <= last) return true
  return false
}

function isAddress(address: string): boolean {
  return address.includes(':') ? isIPv6(address) : numberOf(address) >= 0
}

function nets(...all: readonly (readonly [address: string, prefix: number])[]): Nets {
  const v6 = new BlockList()
  const v4: [number, number][] = []
  for (const [address, prefix] of all) {
    if (address.includes(':')) v6.addSubnet(address, prefix, 'ipv6')
    else v4.push([numberOf(address), numberOf(address) + 2 ** (32 - prefix) - 1])
  }
  return { v4, v6 }
}

/** -1 for what is no IPv4 address: four numbers of at most 255, without zeros in front. */
function numberOf(address: string): number {
  let [number, parts, part, digits] = [0, 0, 0, 0]
  for (let at = 0; at <= address.length; at++) {
    const code = at === address.length ? DOT : address.charCodeAt(at)
    if (code !== DOT) {
      if (code < DIGIT_0 || code > DIGIT_9 || (digits > 0 && part === 0)) return -1
      part = 10 * part + code - DIGIT_0
      digits += 1
      continue
    }
    if (digits === 0 || digits > 3 || part > 255) return -1
    number = number * 256 + part
    parts += 1
    part = digits = 0
  }
  return parts === 4 ? number : -1
}

const DOT = 46
const DIGIT_0 = 48
const DIGIT_9 = 57

/** Below are well-known services, and never media (RFC 3551 §8). */
const LOWEST_PORT = 1024

const LOOPBACK: Nets = nets(['127.0.0.0', 8], ['::1', 128])
const NEVER: Nets = nets(
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
)
/** Of documents and laboratories: nobody in the world has them. RFC 5737, RFC 2544, RFC 3849. */
const EXAMPLES = [
  ['192.0.2.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['198.18.0.0', 15],
  ['2001:db8::', 32],
] as const
const PRIVATE: Nets = nets(['10.0.0.0', 8], ['100.64.0.0', 10], ['172.16.0.0', 12], ['192.168.0.0', 16], ['fc00::', 7], ...EXAMPLES)
