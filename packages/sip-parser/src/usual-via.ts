/** Reads a Via as nearly everybody writes it, in one pass; what is unusual is left to the grammar. RFC 3261 §20.42, RFC 3581 §3. */
import type { Via } from './headers/via.ts'
import type { UsualReader } from './usual-reader.ts'

/** Where the parts of a Via are, in the bytes of its message, that tell transactions apart. RFC 3261 §17.1.3, §17.2.3. */
export interface ViaBytes {
  /** First byte of the host; it has no capitals and is no IPv6 address. */
  readonly host: number
  /** Behind its last. */
  readonly hostEnd: number
  /** -1 when there is none. */
  readonly port: number
  /** First byte of the branch; -1 when there is none. */
  readonly branch: number
  /** Behind its last. */
  readonly branchEnd: number
}

/** `SIP/2.0/TRANSPORT host[:port]` and any of branch, received and rport, once each: found in one pass, cut when somebody asks. */
export class ViaOutline implements ViaBytes {
  private readonly transport: string
  readonly host: number
  readonly hostEnd: number
  port: number
  branch: number
  branchEnd: number
  received: number
  receivedEnd: number
  rport: number | true | undefined
  private made: Via | undefined

  constructor(transport: string, host: number, hostEnd: number) {
    this.transport = transport
    this.host = host
    this.hostEnd = hostEnd
    this.port = -1
    this.branch = -1
    this.branchEnd = -1
    this.received = -1
    this.receivedEnd = -1
    this.rport = undefined
    this.made = undefined
  }

  /** `text`: of the message, each byte one character. */
  via(text: string): Via {
    this.made ??= this.cut(text)
    return this.made
  }

  private cut(text: string): Via {
    const via: Draft = { transport: this.transport, host: text.substring(this.host, this.hostEnd) }
    if (this.port >= 0) via.port = this.port
    if (this.branch >= 0) via.branch = text.substring(this.branch, this.branchEnd)
    if (this.received >= 0) via.received = text.substring(this.received, this.receivedEnd)
    if (this.rport !== undefined) via.rport = this.rport
    return via
  }
}

/** The one from where `reader` is, which is left behind it. */
export function usualVia(reader: UsualReader): ViaOutline | undefined {
  const { bytes } = reader
  const start = reader.at
  for (let i = 0; i < PROTOCOL.length; i++) if (bytes[start + i] !== PROTOCOL[i]) return undefined
  reader.at = start + PROTOCOL.length
  const transport = transportAt(reader)
  const host = reader.at
  if (transport === '' || !reader.skipHost()) return undefined
  const via = new ViaOutline(transport, host, reader.at)
  if (bytes[reader.at] === COLON && reader.at < reader.end) {
    reader.at++
    via.port = reader.decimal(65_535)
    if (via.port < 0) return undefined
  }
  while (reader.at < reader.end && bytes[reader.at] === SEMICOLON) if (!param(reader, via)) return undefined
  return via
}

interface Draft {
  transport: string
  host: string
  port?: number
  branch?: string
  received?: string
  rport?: number | true
}

/** A known transport and the blank behind it, which are stepped over; `''` for any other. */
function transportAt(reader: UsualReader): string {
  const { bytes, at } = reader
  for (let k = 0; k < TRANSPORTS.length; k++) {
    const transport = TRANSPORTS[k]!
    const { length } = transport
    if (bytes[at + length] !== SP || bytes[at] !== transport.charCodeAt(0) || bytes[at + 1] !== transport.charCodeAt(1)) continue
    if (length === 3 && bytes[at + 2] !== transport.charCodeAt(2)) continue
    reader.at = at + length + 1
    return transport
  }
  return ''
}

/** One parameter, its `;` ahead. */
function param(reader: UsualReader, via: ViaOutline): boolean {
  const { bytes, at } = reader
  if (isNamed(bytes, at + 1, BRANCH) && via.branch < 0) {
    reader.at = at + 7
    via.branch = at + 8
    reader.skipParamValue()
    via.branchEnd = reader.at
    return bytes[at + 7] === EQUALS
  }
  if (isNamed(bytes, at + 1, RPORT) && via.rport === undefined) {
    reader.at = at + 6
    return rport(reader, via)
  }
  if (!isNamed(bytes, at + 1, RECEIVED) || via.received >= 0 || bytes[at + 9] !== EQUALS || bytes[at + 10] === OPEN) return false
  reader.at = at + 9
  via.received = at + 10
  reader.skipParamValue()
  via.receivedEnd = reader.at
  return true
}

/** A flag, or a port. */
function rport(reader: UsualReader, via: ViaOutline): boolean {
  const { bytes, at, end } = reader
  via.rport = true
  if (at >= end || bytes[at] !== EQUALS) return true
  reader.at++
  const port = reader.decimal(65_535)
  via.rport = port
  return port >= 0 && reader.at - at <= 6
}

function isNamed(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false
  return true
}

const codes = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0))

const PROTOCOL = codes('SIP/2.0/')
const TRANSPORTS: readonly string[] = ['UDP', 'TCP', 'TLS', 'WSS', 'WS']
const BRANCH = codes('branch')
const RPORT = codes('rport')
const RECEIVED = codes('received')
const SP = 32
const COLON = 58
const SEMICOLON = 59
const EQUALS = 61
const OPEN = 91
