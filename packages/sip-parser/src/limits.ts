/** How much a peer may make us read. RFC 3261 §7, §18.1.1. */

export interface Limits {
  /** Bytes, start line to end of body. Default 65 535, the most a UDP datagram can claim (RFC 3261 §18.1.1). */
  readonly messageBytes?: number
  /** Header fields. Default 256. */
  readonly headerCount?: number
}

export const MESSAGE_BYTES = 65_535
export const HEADER_COUNT = 256
