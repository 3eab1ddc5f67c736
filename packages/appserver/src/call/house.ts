/** What a call may read of its daemon: addresses, times, keyed functions, the directory. Nothing here waits. */
import type { Context, ContextBinding, ProxyPlace } from '@strowger/runtime'
import type { Uri } from '@strowger/sip-parser'
import type { Address, Millis } from '@strowger/sip-transaction'
import type { Directory } from '@strowger/store'
import type { ProxyPlaces } from './proxy-places.ts'

/** Whether there is room for more calls. RFC 6357 §4. */
export interface Overload {
  /** Why the new call of this Call-ID is not taken; counted, and as work of its caller. */
  readonly refuses: (callId: string, source: string) => string | undefined
  /** Seconds, each time others; 0 for none. */
  readonly retryAfter: () => number
}

export interface House {
  /** Where we listen, as it stands in Contact. */
  readonly own: Address
  readonly proxies: ProxyPlaces
  /** RFC 3261 Table 4. */
  readonly t1: Millis
  readonly t2: Millis
  readonly noAnswerMs: Millis
  readonly maxCallMs: Millis
  /** Names this life of the process, for whoever probes it. */
  readonly epoch: number
  readonly directory: Directory
  readonly overload: Overload
  /** Calls to it are taken whatever there is to do. */
  readonly isEmergency: (uri: Uri) => boolean
  /** At least 64 random bits. */
  readonly token: () => string
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly shardOf: (callId: string) => number
  readonly sign: (context: Context, binding: ContextBinding, wall: number) => string
  readonly verify: (header: string, binding: ContextBinding, wall: number) => Context | undefined
  /** The calls that a proxy names in its probe because their relay is gone; none where no proxy of ours signed it. */
  readonly lostMedia: (value: string) => readonly string[]
  /** Where a proxy says in its probe that it is; undefined where no proxy of ours signed it lately. */
  readonly place: (value: string, wall: number) => ProxyPlace | undefined
}
