/** Says which way media flows, and whether a party is on hold. RFC 3264 §5.1, §6.1, §8.4, RFC 8866 §6.7. */
import type { Sdp, SdpAttribute } from './parse.ts'

/** As seen by the party whose SDP it stands in. RFC 8866 §6.7. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/**
 * The direction in force for m-line `index`. An address of all zeros forbids the other party to send (RFC 3264 §8.4), so it takes
 * the receiving half away whatever the attribute says: old phones hold a call that way. An m-line that is not there, or is refused, is `inactive`.
 */
export function direction(sdp: Sdp, index: number): Direction {
  const media = sdp.media[index]
  if (!media || media.port === 0) return 'inactive'
  if (!isUnspecified(media.connection?.address)) return media.direction
  return media.direction === 'sendrecv' || media.direction === 'sendonly' ? 'sendonly' : 'inactive'
}

/** Whether the party put the other on hold: it has streams, and wants to receive on none of them. RFC 3264 §8.4. */
export function isHold(sdp: Sdp): boolean {
  const live = sdp.media.flatMap((media, index) => (media.port === 0 ? [] : [direction(sdp, index)]))
  return live.length > 0 && live.every(one => one === 'sendonly' || one === 'inactive')
}

/** What the other side answers to keep as much as was offered. RFC 3264 §6.1. */
export function answeredDirection(offered: Direction): Direction {
  return ANSWERED[offered]
}

/** What two wishes leave over: media flows one way only where both agree. RFC 3264 §6.1. */
export function bothDirections(a: Direction, b: Direction): Direction {
  const sends = SENDS.includes(a) && SENDS.includes(b)
  const receives = RECEIVES.includes(a) && RECEIVES.includes(b)
  return sends ? (receives ? 'sendrecv' : 'sendonly') : receives ? 'recvonly' : 'inactive'
}

/** Whether whoever says this of himself sends. RFC 8866 §6.7. */
export function sends(direction: Direction): boolean {
  return SENDS.includes(direction)
}

/** Whether whoever says this of himself receives. RFC 8866 §6.7. */
export function receives(direction: Direction): boolean {
  return RECEIVES.includes(direction)
}

/** Whether `address` is `0.0.0.0`, `::` or a name under `.invalid`, where nothing may be sent. RFC 3264 §8.4, RFC 6157 §5.1. */
export function isUnspecified(address: string | undefined): boolean {
  if (address === undefined) return false
  return address === '0.0.0.0' || (address.includes(':') ? ZERO_IP6.test(address) : INVALID_NAME.test(address))
}

/** The first direction among `attributes`. */
export function directionOf(attributes: readonly SdpAttribute[]): Direction | undefined {
  return attributes.find(({ name, value }) => value === undefined && isDirection(name))?.name as Direction | undefined
}

/** Whether `name` is one of the four direction attributes. */
export function isDirection(name: string): name is Direction {
  return Object.hasOwn(ANSWERED, name)
}

const ANSWERED: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
}
const SENDS: readonly Direction[] = ['sendrecv', 'sendonly']
const RECEIVES: readonly Direction[] = ['sendrecv', 'recvonly']
const ZERO_IP6 = /^[0:]+$/
const INVALID_NAME = /\.invalid\.?$/i
