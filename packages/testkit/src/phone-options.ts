/** What makes one scripted phone different from another. RFC 3261 §8. */
import type { SipResponse } from '@strowger/sip-parser'
import type { HabitOptions } from './habits.ts'
import type { Script } from './script.ts'

/** A request that was answered with 401 or 407. */
export interface Challenged {
  /** The 401 or 407. */
  readonly response: SipResponse
  /** Of the request that was challenged; goes into the digest. */
  readonly method: string
  /** The Request-URI. */
  readonly uri: string
}

/** Who the phone is, what it does, and its habits. */
export interface PhoneOptions extends HabitOptions {
  /** Unique on its network, and the user part of its URIs. */
  readonly name: string
  /** What it does; may be shared by phones, as a script is data. */
  readonly script: Script
  /** The party that its requests go to. Without one it cannot send a request before it got one. */
  readonly peer?: string
  /** Its own URI. Default `sip:NAME@ADDRESS`. */
  readonly uri?: string
  /** Whom it calls. Default: the peer, `sip:PEER@ADDRESS`. */
  readonly target?: string
  /** Messages that are passed over where they are not expected: `['100', 'OPTIONS']`. Default `['100']`. */
  readonly ignore?: readonly string[]
  /** Takes messages out of order, for networks that lose and reorder; then a message that nobody expects is no failure. Default false. */
  readonly anyOrder?: boolean
  /** The header that answers a challenge, `['Authorization', 'Digest ...']`. It is asked where the script does not expect the 401 or 407 itself. */
  readonly answerChallenge?: (challenge: Challenged) => readonly [name: string, value: string] | undefined
  /** Call-IDs, tags and branches. Default: seeded with its name, so that each run is the same. */
  readonly token?: () => string
}
