/** The addons as they come out of the compiler; `@strowger/dgram-ext` and `@strowger/rtp-relay` give them their types. */

/** The batched UDP socket of `udp/addon.cpp`. @throws {Error} whose message says how to build it. */
export declare function loadUdp(): unknown
/** The RTP relay of `relay/addon.cpp`. @throws {Error} whose message says how to build it. */
export declare function loadRelay(): unknown
