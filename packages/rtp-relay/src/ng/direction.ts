/** Which way media of an m-line are to go, as an rtpengine reads it: what restricts most wins, wherever it is said. RFC 3264 §5.1, §8.4. */
import { type Direction, isUnspecified, type Sdp, type SdpMedia } from '@strowger/sdp'
import type { Rules } from './rules.ts'

/**
 * What the reader is told. An address of nobody forbids it to send (RFC 3264 §8.4), unless we know better where the sender is.
 *
 * Deviation: a direction of the session counts beside that of the m-line, which alone should count (RFC 8866 §6.7): a controller that
 * knows rtpengines takes its holds for granted.
 */
export function directionOf(sdp: Sdp, media: SdpMedia, rules: Rules): Direction {
  const said = BY_FORCE.find(one => says(media, one) || says(sdp, one)) ?? 'sendrecv'
  if (rules.remoteAddress !== undefined || !isUnspecified(media.connection?.address)) return said
  return said === 'sendrecv' || said === 'sendonly' ? 'sendonly' : 'inactive'
}

function says({ attributes }: Pick<SdpMedia, 'attributes'>, direction: Direction): boolean {
  return attributes.some(({ name, value }) => name === direction && value === undefined)
}

export const DIRECTIONS: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive']
const BY_FORCE: readonly Direction[] = ['recvonly', 'sendonly', 'inactive']
