/** Which of our addresses a peer can answer to, when a socket listens on all of them. RFC 3261 §18.1.1. */
import { networkInterfaces } from 'node:os'
import type { Address } from '@strowger/sip-transaction'

/** The first of `locals` that fits the family of `remote`; a wildcard is replaced by the address of an interface. */
export function localAddressFor(locals: readonly Address[], remote?: Address): Address | undefined {
  const version6 = remote?.address.includes(':')
  const local = locals.find(({ address }) => version6 === undefined || address.includes(':') === version6) ?? locals[0]
  if (local === undefined || !isWildcard(local.address)) return local
  return { address: interfaceAddress(local.address.includes(':'), remote), port: local.port }
}

export function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

/** Loopback for loopback, else the first address of the family that reaches the world. */
function interfaceAddress(version6: boolean, remote: Address | undefined): string {
  const loopback = version6 ? '::1' : '127.0.0.1'
  if (remote !== undefined && (remote.address.startsWith('127.') || remote.address === '::1')) return loopback
  const family = version6 ? 'IPv6' : 'IPv4'
  const found = Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .find(address => address.family === family && !address.internal && !address.address.startsWith('fe80:'))
  return found?.address ?? loopback
}
