/** What one side can do, as plain data: the input of every offer and answer. RFC 3264 §5, §6. */
import type { Direction } from './direction.ts'
import type { Codec } from './formats.ts'
import type { SdpAttribute } from './parse.ts'

/** A codec that we speak. */
export interface OwnCodec extends Codec {
  /** The number to offer it under, where it is free. Default: the fixed one of RFC 3551 §6, else the first free from 96. */
  readonly payloadType?: number
}

/** Keys for SRTP: one line a=crypto. RFC 4568 §4. Never log it. */
export interface CryptoKeys {
  /** `AES_CM_128_HMAC_SHA1_80`, ... */
  readonly suite: string
  /** `inline:...`, with what follows. */
  readonly keys: string
}

/** One stream that we can take part in. Each one serves one m-line. */
export interface MediaCapability {
  /** `audio`, `video`, `image`, ... */
  readonly kind: string
  /** Where we receive. */
  readonly port: number
  /** Where we receive RTCP, if not on the next port. Only written where RTCP has a port of its own. */
  readonly rtcpPort?: number
  /** Transport protocols, best first; the first one is offered. Default `['RTP/AVP']`. */
  readonly protocols?: readonly string[]
  /** For RTP, best first; events and comfort noise last. */
  readonly codecs?: readonly OwnCodec[]
  /** For what is not RTP: `['t38']`. */
  readonly formats?: readonly string[]
  /** How many codecs an answer takes: all that both have, or the best one with its events. Default `all`. */
  readonly take?: 'all' | 'one'
  /** Whose order of codecs counts in an answer. Default `theirs`, as RFC 3264 §6.1 recommends. */
  readonly order?: 'theirs' | 'ours'
  /** Default `sendrecv`. `sendonly` or `inactive` puts the other side on hold (RFC 3264 §8.4). */
  readonly direction?: Direction
  /** Milliseconds of audio in a packet that we like to receive. RFC 8866 §6.4. */
  readonly ptime?: number
  /** Most milliseconds in a packet that we can receive. RFC 8866 §6.5. */
  readonly maxptime?: number
  /** Whether RTP and RTCP may share our port: offered, and accepted where offered. Default false. RFC 5761 §5.1.1. */
  readonly rtcpMux?: boolean
  /** For RTP/SAVP; with RTP/AVP it is opportunistic (RFC 8643 §3). Best first. */
  readonly crypto?: readonly CryptoKeys[]
  /** For UDP/TLS: `sha-256 AB:CD:...`. a=setup comes of itself. RFC 8122 §5, RFC 5763 §5. */
  readonly fingerprint?: string
  /** Further attributes of ours, in offers and answers alike. Those named T38... follow the rules of T.38. */
  readonly attributes?: readonly SdpAttribute[]
  /** Ties it to the m-line of that index, counted from 0. Default: the first that fits. */
  readonly line?: number
}

/** What one side can do in one session. */
export interface Capabilities {
  /** Our IP address, for o= and c=. */
  readonly address: string
  /** For o=: digits, the same for the whole session. Unique for each session of this address (RFC 8866 §5.2). */
  readonly sessionId: string
  /** For the first o= line: digits. Default `1`. */
  readonly sessionVersion?: string
  /** For o=. Default `-`. */
  readonly username?: string
  /** At most as many m-lines are answered; more is 488. Default 32. */
  readonly maxMedia?: number
  /** Types of address that media can be sent to. Default: the type of `address` alone. */
  readonly reaches?: readonly ('IP4' | 'IP6')[]
  /** Addresses of our own to which no peer may steer media: those of relays and servers. Compared as written. */
  readonly avoids?: readonly string[]
  /** What we can do, stream by stream; an offer has its m-lines in this order. */
  readonly media: readonly MediaCapability[]
}

/** Whether a stream of this protocol carries RTP. RFC 8866 §8.2.2. */
export function isRtp(protocol: string): boolean {
  return /(?:^|\/)RTP\/S?AVPF?$/i.test(protocol)
}

/** The protocols of `media`, never empty. */
export function protocolsOf({ protocols }: MediaCapability): readonly string[] {
  return protocols && protocols.length > 0 ? protocols : ['RTP/AVP']
}
