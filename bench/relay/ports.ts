/** Who lives where: each contestant has a loopback address of its own, so that all may have the same ports. */

/** RTP ports of a relay: enough for 5000 calls. */
export const PORTS = { from: 10_000, to: 31_999 } as const
export const NG_PORT = 2223
/** Where the parties of all calls live. */
export const PARTY = { address: '127.0.0.1', first: 40_000, second: 40_002 } as const
