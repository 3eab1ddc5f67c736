/** What came in on a port that several protocols share, by its first two bytes. RFC 7983 §7, RFC 5761 §4. */

/** A protocol of the port. `unknown` is to be dropped without a word (RFC 7983 §7). */
export type Protocol = 'rtp' | 'rtcp' | 'stun' | 'zrtp' | 'dtls' | 'turn' | 'unknown'

/**
 *                  +----------------+
 *                  |        [0..3] -+--> STUN
 *                  |      [16..19] -+--> ZRTP
 *      packet -->  |      [20..63] -+--> DTLS
 *                  |      [64..79] -+--> TURN channel
 *                  |    [128..191] -+--> RTP, RTCP
 *                  +----------------+
 *
 * Of RTP and RTCP the second byte decides: 192 to 223 is RTCP, so payload types 64 to 95 are not to be used beside it (RFC 5761 §4).
 * It is not checked that the packet is whole.
 */
export function protocolOf(bytes: Uint8Array, offset: number = 0, length: number = bytes.length - offset): Protocol {
  if (length < 1 || offset + length > bytes.length) return 'unknown'
  const first = bytes[offset]!
  if (first < 128 || first > 191) return otherProtocol(first)
  if (length < 2) return 'unknown'
  const second = bytes[offset + 1]!
  return second >= 192 && second <= 223 ? 'rtcp' : 'rtp'
}

function otherProtocol(first: number): Protocol {
  if (first <= 3) return 'stun'
  if (first >= 20 && first <= 63) return 'dtls'
  if (first >= 16 && first <= 19) return 'zrtp'
  return first >= 64 && first <= 79 ? 'turn' : 'unknown'
}
