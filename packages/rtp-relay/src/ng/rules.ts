/** Reads what an NG command wants done to an SDP and to the media it speaks of. */
import { isIP } from 'node:net'
import type { BDict } from '@strowger/media-control'
import { type CodecRules, readCodecRules } from './codecs.ts'
import { checkFlags } from './flags.ts'
import { refuse } from './refusal.ts'
import { listOf, numberOf, textOf, wordOf, wordsOf } from './words.ts'

export interface Rules {
  /** `origin`, `session-connection`, `sdp-version`, `username`, `session-name`, `sess-id`, `zero-address`. */
  readonly replace: ReadonlySet<string>
  readonly flags: ReadonlySet<string>
  /** Where the sender of the SDP is, in place of what its c= lines say. */
  readonly remoteAddress: string | undefined
  /** What the reader is told, in place of our own address. */
  readonly toldAddress: string | undefined
  /** Where the SIP message came from. */
  readonly signalling: string | undefined
  /** Names of interfaces: towards the sender, towards the receiver. */
  readonly interfaces: readonly [string | undefined, string | undefined]
  /** Of the receiver, where it is to differ. */
  readonly family: 4 | 6 | undefined
  readonly mux: ReadonlySet<string>
  /** `RTP/AVP` or `RTP/AVPF`, where m-lines are to have that. */
  readonly transport: string | undefined
  readonly codecs: CodecRules | undefined
  /** ms towards the receiver of an offer, and of its answer. */
  readonly ptime: number | undefined
  readonly ptimeReverse: number | undefined
  /** DSCP and ECN bits of what the whole call sends from now on; undefined leaves them. */
  readonly tos: number | undefined
  readonly metadata: string | undefined
  /** What the sender is called from now on. */
  readonly label: string | undefined
  /** Words that nobody here knows. */
  readonly unknown: number
}

/** @throws refusal for what would change the media and is not there yet. */
export function readRules(command: BDict): Rules {
  if (/^force/.test(wordOf(textOf(command, 'ICE') ?? ''))) throw refuse('ICE is not there yet: send ICE=remove')
  const unknown = checkFlags(command)
  const flags = setOf(command, 'flags')
  const [, receivedFrom] = listOf(command, 'received-from')
  const [towardsSender, towardsReceiver] = listOf(command, 'direction')
  const signalling = receivedFrom !== undefined && isIP(receivedFrom) > 0 ? receivedFrom : undefined
  return {
    replace: setOf(command, 'replace'),
    flags,
    remoteAddress: flags.has('sip-source-address') && !flags.has('trust-address') ? signalling : undefined,
    toldAddress: addressOf(textOf(command, 'media-address')),
    signalling,
    interfaces: [towardsSender, towardsReceiver],
    family: familyOf(textOf(command, 'address-family')),
    mux: setOf(command, 'rtcp-mux'),
    transport: transportOf(textOf(command, 'transport-protocol')),
    codecs: readCodecRules(command),
    ptime: numberOf(command, 'ptime'),
    ptimeReverse: numberOf(command, 'ptime-reverse'),
    tos: tosOf(textOf(command, 'TOS')),
    metadata: textOf(command, 'metadata'),
    label: textOf(command, 'set-label') ?? textOf(command, 'label'),
    unknown,
  }
}

function setOf(command: BDict, name: string): ReadonlySet<string> {
  const words = wordsOf(command, name)
  return words.length === 0 ? NONE : new Set(words)
}

function addressOf(text: string | undefined): string | undefined {
  if (text !== undefined && isIP(text) === 0) throw refuse('media-address is not a numeric address')
  return text
}

/** As an rtpengine: what is missing or too large is the default again, a negative number changes nothing. */
function tosOf(text = ''): number | undefined {
  if (/^-\d+$/.test(text)) return undefined
  return /^\d{1,3}$/.test(text) && Number(text) < 256 ? Number(text) : 0
}

function familyOf(text: string | undefined): 4 | 6 | undefined {
  return text === undefined ? undefined : text.toUpperCase() === 'IP6' ? 6 : 4
}

/** `transport-protocol` of `accept` leaves what came. */
function transportOf(text: string | undefined): string | undefined {
  if (text === undefined || /^(?:RTP\/AVPF?)$/i.test(text)) return text?.toUpperCase()
  if (/^(?:accept|off)/i.test(text)) return undefined
  throw refuse(`Unsupported transport protocol: ${text} is not there yet`)
}

const NONE: ReadonlySet<string> = new Set()
