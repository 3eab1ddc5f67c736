/** The commands of rtpproxy's control protocol, one type each. The letter in front of each is what goes over the wire. */

/** A tag of the SIP dialog, and which m-line of its SDP, counted from 1; without a number all of them, where that makes sense. */
export interface RtppTag {
  /** Of the dialog. RFC 3261 §12. */
  readonly tag: string
  /** From 1 to 99999. */
  readonly media?: number
}

/** What names a stream: Call-ID and tags. `from` is the party that began the session, or who asks for it. */
interface RtppSession {
  /** Any visible characters; Kamailio appends `;BRANCH` where it is told to tell forks apart. */
  readonly callId: string
  readonly from: RtppTag
  readonly to?: RtppTag
}

/** `U` and `L`: where a party listens, and how its stream is to be treated. */
export interface RtppStream extends RtppSession {
  /** Numeric: where the party says it listens. The address of nobody (0.0.0.0) holds the stream. */
  readonly address: string
  /** Its RTP port; 0 where the m-line is refused. */
  readonly port: number
  /** `A`: the party sends from where it listens (no learning), `S`: it may send from elsewhere. */
  readonly symmetry?: 'asymmetric' | 'symmetric'
  /** `E`, `I`: the networks towards the sender of the SDP and its receiver, in bridging mode; two at most. */
  readonly directions?: readonly RtppDirection[]
  /** `4`, `6`: of `address`. Default 4. */
  readonly family?: 4 | 6
  /** `W`: a weak hold on the session, undone by a weak delete. */
  readonly weak?: boolean
  /** `Z`: packets towards the other side are cut to so many ms, from 1 to 999. */
  readonly ptimeMs?: number
  /** `L`: a local address to listen on. */
  readonly local?: string
  /** `R`: an address that the local one must have a way to. */
  readonly remote?: string
  /** `N`: other ports than before. */
  readonly newPort?: boolean
  /** `C`: payload types of the SDP. RFC 3551 §6. */
  readonly codecs?: readonly number[]
}

/** A network of a relay that bridges two. */
export type RtppDirection = 'external' | 'internal'

/** `V`: asks for the version of the protocol. */
export interface RtppVersion {
  readonly command: 'version'
}
/** `VF`: asks whether an extension is there. */
export interface RtppFeature {
  readonly command: 'feature'
  /** A date, `20050322`. */
  readonly feature: string
}
/** `U`: makes a session, or changes what `from` said. */
export interface RtppUpdate extends RtppStream {
  readonly command: 'update'
  /** Where the end by silence is told. `tag` comes back as it was. */
  readonly notify?: { readonly socket: string; readonly tag?: string }
}
/** `L`: the other party's address, for a session that exists. `from` is the tag of the session's beginner all the same. */
export interface RtppLookup extends RtppStream {
  readonly command: 'lookup'
}
/** `D`: ends the streams of a session. */
export interface RtppDelete extends RtppSession {
  readonly command: 'delete'
  /** `W`: gives up a weak hold only. */
  readonly weak?: boolean
}
/** `P`: plays a prompt to the party `from`. */
export interface RtppPlay extends RtppSession {
  readonly command: 'play'
  /** Name of the prompt. */
  readonly prompt: string
  /** Payload types to choose from; `session`: those of the last update. */
  readonly codecs: 'session' | readonly number[]
  /** Negative: for ever. Default 1. */
  readonly times?: number
}
/** `S`: ends the playing. */
export interface RtppStopPlay extends RtppSession {
  readonly command: 'stop-play'
}
/** `R`: records both directions. */
export interface RtppRecord extends RtppSession {
  readonly command: 'record'
  /** `S`: both in one file. */
  readonly single?: boolean
}
/** `N`: ends the recording. */
export interface RtppStopRecord extends RtppSession {
  readonly command: 'stop-record'
  /** `A`: of all recordings. */
  readonly all?: boolean
}
/** `C`: sends a copy of a stream to a file or an address. */
export interface RtppCopy extends RtppSession {
  readonly command: 'copy'
  /** A name of a file, or `udp:ADDRESS:PORT`. */
  readonly target: string
  /** `S`: both directions in one file. */
  readonly single?: boolean
}
/** `Q`: counters of a stream. */
export interface RtppQuery extends RtppSession {
  readonly command: 'query'
  /** `V`: with names. */
  readonly verbose?: boolean
  /** Which; only where `to` is given. Default `QUERY_COUNTERS`. */
  readonly counters?: readonly string[]
}
/** `X`: ends everything. */
export interface RtppDeleteAll {
  readonly command: 'delete-all'
}
/** `G`: counters of the relay. */
export interface RtppStatistics {
  readonly command: 'statistics'
  /** `V`: with names. */
  readonly verbose?: boolean
  /** Which. */
  readonly counters: readonly string[]
}
/** `I`: the relay's state in lines for people. */
export interface RtppInfo {
  readonly command: 'info'
  /** `B`: without the sessions. */
  readonly brief?: boolean
  /** `L`: with the load. */
  readonly load?: boolean
}

/** Every command, told apart by `command`. */
export type RtppCommand =
  | RtppVersion
  | RtppFeature
  | RtppUpdate
  | RtppLookup
  | RtppDelete
  | RtppPlay
  | RtppStopPlay
  | RtppRecord
  | RtppStopRecord
  | RtppCopy
  | RtppQuery
  | RtppDeleteAll
  | RtppStatistics
  | RtppInfo

/** What `Q` answers when no counters are named, in this order. */
export const QUERY_COUNTERS: readonly string[] = ['ttl', 'npkts_ina', 'npkts_ino', 'nrelayed', 'ndropped']
