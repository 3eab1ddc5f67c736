/** Judges whether media may be sent to where an offered stream asks for it. RFC 8866 §5.7, RFC 3264 §6.2, §8.4. */
import type { Capabilities } from './capabilities.ts'
import { isUnspecified } from './direction.ts'
import { addressTypeOf } from './fields.ts'
import { type AddressKind, addressKind } from './media-address.ts'
import type { SdpMedia } from './parse.ts'
import { REFUSALS, type StreamRefusal } from './refusal.ts'

/**
 * Why nothing is sent there, or `undefined` where it may be. An unspecified address is a hold and passes.
 * Loopback passes only where we are on loopback ourselves.
 * Deviation: host names, which RFC 8866 §5.7 allows, are refused, because nobody here resolves them.
 */
export function refuseAddress({ connection, port }: SdpMedia, capabilities: Capabilities): StreamRefusal | undefined {
  const { address, reaches } = capabilities
  if (!connection) return REFUSALS.noAddress
  const { networkType, addressType } = connection
  if (networkType !== 'IN') return REFUSALS.networkType
  if (!(reaches ?? [addressTypeOf(address)]).includes(addressType as 'IP4')) return REFUSALS.addressType
  if (isUnspecified(connection.address)) return undefined
  const kind = addressKind(connection.address)
  if (kind === 'multicast') return REFUSALS.multicast
  if (!isSendable(kind, address) || addressTypeOf(connection.address) !== addressType) return REFUSALS.badAddress
  if (isOurs(connection.address, port, capabilities)) return REFUSALS.ownAddress
  return port < LEAST_PORT ? REFUSALS.badPort : undefined
}

/** Whether an address of this kind is one that a peer may name for itself, seen from `own`. */
export function isSendable(kind: AddressKind, own: string): boolean {
  return kind === 'public' || kind === 'private' || (kind === 'loopback' && addressKind(own) === 'loopback')
}

/** Whether media would come back to the port it is sent from, or go to a machine of ours. */
function isOurs(address: string, port: number, { address: own, avoids = [], media }: Capabilities): boolean {
  return avoids.includes(address) || (address === own && media.some(one => one.port === port || (one.rtcpPort ?? one.port + 1) === port))
}

/** Below are the ports of services that nobody receives media on. */
const LEAST_PORT = 1024
