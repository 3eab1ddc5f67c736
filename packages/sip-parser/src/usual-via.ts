/** Reads a Via as nearly everybody writes it, in one pass; what is unusual is left to the grammar. RFC 3261 §20.42, RFC 3581 §3. */
import type { Via } from './headers/via.ts'
import type { UsualReader } from './usual-reader.ts'

/** `SIP/2.0/TRANSPORT host[:port]` and any of branch, received and rport, once each. */
export function usualVia(reader: UsualReader): Via | undefined {
  const { bytes } = reader
  const start = reader.at
  for (let i = 0; i < PROTOCOL.length; i++) if (bytes[start + i] !== PROTOCOL[i]) return undefined
  reader.at = start + PROTOCOL.length
  const transport = transportAt(reader)
  const host = transport === '' ? '' : reader.host()
  if (host === '') return undefined
  const via: Draft = { transport, host }
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
function param(reader: UsualReader, via: Draft): boolean {
  const { bytes, at } = reader
  if (isNamed(bytes, at + 1, BRANCH) && via.branch === undefined) {
    reader.at = at + 7
    via.branch = reader.paramValue()
    return bytes[at + 7] === EQUALS
  }
  if (isNamed(bytes, at + 1, RPORT) && via.rport === undefined) {
    reader.at = at + 6
    return rport(reader, via)
  }
  if (!isNamed(bytes, at + 1, RECEIVED) || via.received !== undefined || bytes[at + 9] !== EQUALS || bytes[at + 10] === OPEN) return false
  reader.at = at + 9
  via.received = reader.paramValue()
  return true
}

/** A flag, or a port. */
function rport(reader: UsualReader, via: Draft): boolean {
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
