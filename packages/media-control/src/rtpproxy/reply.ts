/** Replies of rtpproxy's protocol. They do not say of themselves what they are: reading one needs the command that it answers. */
import { bytesOf, latin1 } from '../bytes.ts'
import { QUERY_COUNTERS, type RtppCommand } from './command.ts'
import { type RtppError, rtppError } from './rtpp-error.ts'

/** `0`: done. */
export interface RtppDone {
  readonly kind: 'done'
}
/** Where the other party is to send, for its SDP. Port 0: no such session. */
export interface RtppPort {
  readonly kind: 'port'
  /** For RTP; RTCP has the next. RFC 3550 §11. */
  readonly port: number
  /** Numeric; not told by every rtpproxy. */
  readonly address?: string
}
/** The date of the basic protocol. */
export interface RtppVersionReply {
  readonly kind: 'version'
  /** `20040107`. */
  readonly version: string
}
/** Whether the extension is there. */
export interface RtppFeatureReply {
  readonly kind: 'feature'
  /** True for `1`. */
  readonly known: boolean
}
/** Counters in the order in which they were asked for. */
export interface RtppCounters {
  readonly kind: 'counters'
  /** As many as were asked for. */
  readonly counters: readonly RtppCounter[]
}
/** One counter by rtpproxy's name. */
export interface RtppCounter {
  /** `npkts_ina`. */
  readonly name: string
  /** Packets, seconds, or what the name says. */
  readonly value: number
}
/** What `I` tells. */
export interface RtppInfoReply {
  readonly kind: 'info'
  /** Since the start. */
  readonly sessionsCreated: number
  /** Now. */
  readonly activeSessions: number
  /** Pairs of ports, now. */
  readonly activeStreams: number
  /** Since the start. */
  readonly packetsReceived: number
  /** Since the start. */
  readonly packetsTransmitted: number
}

/** Every reply, told apart by `kind`. */
export type RtppReply = RtppDone | RtppPort | RtppVersionReply | RtppFeatureReply | RtppCounters | RtppInfoReply | RtppError

interface Replies {
  readonly version: RtppVersionReply
  readonly feature: RtppFeatureReply
  readonly update: RtppPort
  readonly lookup: RtppPort
  readonly query: RtppCounters
  readonly statistics: RtppCounters
  readonly info: RtppInfoReply
}

/** What the command of that name is answered when it was done. */
export type RtppReplyTo<Name extends RtppCommand['command']> = Name extends keyof Replies ? Replies[Name] : RtppDone

/** `undefined` for what does not answer `command`. Never throws. */
export function readRtppReply(body: Uint8Array, command: RtppCommand): RtppReply | undefined {
  const text = latin1(body.subarray(0, MAX_BYTES)).replace(/[\r\n\0 ]+$/, '')
  const error = /^E(\d{1,3})$/.exec(text)
  if (error) return { kind: 'error', code: Number(error[1]) }
  switch (command.command) {
    case 'version':
      return /^\d{8}$/.test(text) ? { kind: 'version', version: text } : undefined
    case 'feature':
      return text === '0' || text === '1' ? { kind: 'feature', known: text === '1' } : undefined
    case 'update':
    case 'lookup':
      return readPort(text)
    case 'query':
      return readCounters(text, command.counters ?? QUERY_COUNTERS, command.verbose === true)
    case 'statistics':
      return readCounters(text, command.counters, command.verbose === true)
    case 'info':
      return readInfo(text)
    default:
      return text === '0' ? { kind: 'done' } : undefined
  }
}

/** What goes behind the cookie, in `room` bytes; a larger reply becomes an error. */
export function writeRtppReply(reply: RtppReply, command: RtppCommand, room: number = MAX_BYTES): Uint8Array {
  const bytes = bytesOf(`${textOf(reply, command)}\n`)
  return bytes.length <= room ? bytes : bytesOf(`E${rtppError('reply-too-large').code}\n`)
}

function textOf(reply: RtppReply, command: RtppCommand): string {
  switch (reply.kind) {
    case 'done':
      return '0'
    case 'port':
      if (reply.address === undefined) return String(reply.port)
      return `${reply.port} ${reply.address}${reply.address.includes(':') ? ' 6' : ''}`
    case 'version':
      return reply.version
    case 'feature':
      return reply.known ? '1' : '0'
    case 'counters': {
      const verbose = 'verbose' in command && command.verbose
      return reply.counters.map(({ name, value }) => (verbose ? `${name}=${value}` : String(value))).join(' ')
    }
    case 'info':
      return INFO.map(([label, field]) => `${label}: ${reply[field]}`).join('\n')
    case 'error':
      return `E${reply.code}`
  }
}

function readPort(text: string): RtppPort | undefined {
  const match = /^(\d{1,5})(?: ([0-9a-f.:]{2,45})(?: 6)?)?$/i.exec(text)
  if (!match || Number(match[1]) > 65_535) return undefined
  return { kind: 'port', port: Number(match[1]), ...(match[2] === undefined ? {} : { address: match[2] }) }
}

function readCounters(text: string, names: readonly string[], verbose: boolean): RtppCounters | undefined {
  const words = text === '' ? [] : text.split(' ')
  if (words.length !== names.length) return undefined
  const counters: RtppCounter[] = []
  for (const [index, word] of words.entries()) {
    const name = names[index]!
    if (verbose && !word.startsWith(`${name}=`)) return undefined
    const value = verbose ? word.slice(name.length + 1) : word
    if (!NUMBER.test(value)) return undefined
    counters.push({ name, value: Number(value) })
  }
  return { kind: 'counters', counters }
}

/** Lines about single sessions, and the load, may follow and are passed over. */
function readInfo(text: string): RtppInfoReply | undefined {
  const lines = text.split('\n')
  const found: Partial<Record<InfoField, number>> = {}
  for (const [index, [label, field]] of INFO.entries()) {
    const [name, value] = (lines[index] ?? '').split(': ')
    if (name !== label || value === undefined || !NUMBER.test(value)) return undefined
    found[field] = Number(value)
  }
  return { kind: 'info', ...(found as Record<InfoField, number>) }
}

type InfoField = Exclude<keyof RtppInfoReply, 'kind'>

const INFO: readonly (readonly [label: string, field: InfoField])[] = [
  ['sessions created', 'sessionsCreated'],
  ['active sessions', 'activeSessions'],
  ['active streams', 'activeStreams'],
  ['packets received', 'packetsReceived'],
  ['packets transmitted', 'packetsTransmitted'],
]
const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?$/
/** rtpproxy's buffer. */
const MAX_BYTES = 8191
