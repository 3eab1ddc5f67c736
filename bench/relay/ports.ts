/** Ports, the same for all: each contestant has an address of its own. */

/** RTP ports of a relay: enough for 5000 calls. */
export const PORTS = { from: 10_000, to: 31_999 } as const
export const NG_PORT = 2223
/** Where all first and all second parties of calls live. */
export const PARTIES = { first: 40_000, second: 40_002 } as const
