/** Which addresses an SDP may make the relay send to before they have sent anything themselves. RFC 8866 §9, RFC 6890. */
import { BlockList, isIP } from 'node:net'

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/**
 * False for what no phone has: groups, nobody, link-local services, low ports, loopback from an address that is not. Whatever is
 * refused may still become a target by sending RTP itself. `own` are places of this house that speak something else than RTP.
 */
export function maySendTo(target: Endpoint, local: string, own: readonly Endpoint[] = []): boolean {
  const { address, port } = target
  const version = isIP(address)
  if (version === 0 || version !== isIP(local) || port < LOWEST_PORT) return false
  const family = version === 6 ? 'ipv6' : 'ipv4'
  if (NEVER.check(address, family)) return false
  if (LOOPBACK.check(address, family) && !LOOPBACK.check(local, family)) return false
  return !own.some(one => one.port === port && one.address === address)
}

/** Whether only one host in the world has this address, so that its owner's packets come from there. RFC 6890, RFC 6598. */
export function isPublic(address: string): boolean {
  const version = isIP(address)
  if (version === 0) return false
  const family = version === 6 ? 'ipv6' : 'ipv4'
  return !NEVER.check(address, family) && !LOOPBACK.check(address, family) && !PRIVATE.check(address, family)
}

/** Below are well-known services, and never media (RFC 3551 §8). */
const LOWEST_PORT = 1024

const LOOPBACK = subnets(['127.0.0.0', 8], ['::1', 128])
const NEVER = subnets(['0.0.0.0', 8], ['169.254.0.0', 16], ['224.0.0.0', 4], ['240.0.0.0', 4], ['::', 128], ['fe80::', 10], ['ff00::', 8])
const PRIVATE = subnets(['10.0.0.0', 8], ['100.64.0.0', 10], ['172.16.0.0', 12], ['192.168.0.0', 16], ['fc00::', 7])

function subnets(...nets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [net, prefix] of nets) list.addSubnet(net, prefix, isIP(net) === 6 ? 'ipv6' : 'ipv4')
  return list
}
