/** One hop of the way back. RFC 3261 §20.42, RFC 3581 §3. */
import { consistsOf, TOKEN } from '../characters.ts'
import type { HeaderDef } from '../header-def.ts'
import { formatHost } from '../uri.ts'
import { formatOthers, formatParam } from './params.ts'
import { formatNumber } from './whole-number.ts'

/** One value of Via: who sent the message on this hop, and where the answer goes. */
export interface Via {
  /** Known ones upper-cased, others as written. */
  readonly transport: 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS' | (string & {})
  /** Lower-cased; an IPv6 address without its brackets. */
  readonly host: string
  /** 0 to 65535; missing where none is written, which means the transport's own. RFC 3261 §18.2.2. */
  readonly port?: number
  /** Starts with `z9hG4bK` when the sender follows RFC 3261 (§8.1.1.7). */
  readonly branch?: string
  /** Address the message came from (RFC 3261 §18.2.1), without brackets. */
  readonly received?: string
  /** RFC 3581 §3: `true` when asked for, a number when filled in. */
  readonly rport?: number | true
  /** The others, as `maddr`, `ttl`, `alias`; names lower-cased, `''` for a flag. */
  readonly params?: ReadonlyMap<string, string>
}

export const Via: HeaderDef<Via> = {
  name: 'Via',
  compact: 'v',
  list: true,
  /** Any version: a request of another one is answered too (505), along this Via. */
  decode(at) {
    at.literal('SIP')
    at.skip('/')
    at.token()
    if (!at.skip('/')) at.fail()
    const transport = transportOf(at.token())
    at.lws()
    const host = at.host()
    const via: Draft = at.skip(':') ? { transport, host, port: at.decimal(MAX_PORT) } : { transport, host }
    const params = at.params()
    if (!at.ended || !distribute(params, via)) at.fail()
    return at.ended ? via : undefined
  },
  encode(via) {
    if (!consistsOf(via.transport, TOKEN)) throw new TypeError(`A transport is a token, not ${JSON.stringify(via.transport)}`)
    let text = `SIP/2.0/${via.transport} ${formatHost(via.host, via.port)}`
    if (via.branch !== undefined) text += formatParam('branch', via.branch)
    if (via.received !== undefined) text += formatParam('received', checkReceived(via.received))
    if (via.rport !== undefined) text += via.rport === true ? ';rport' : `;rport=${formatNumber(via.rport, 0, MAX_PORT)}`
    return via.params === undefined ? text : text + formatOthers(via.params, FIELDS)
  },
}

interface Draft {
  transport: string
  host: string
  port?: number
  branch?: string
  received?: string
  rport?: number | true
  params?: ReadonlyMap<string, string>
}

/** Puts each parameter in its field; says whether all were sound. Some phones send `rport=` with nothing behind: asked for. */
function distribute(params: ReadonlyMap<string, string>, via: Draft): boolean {
  let others: Map<string, string> | undefined
  for (const [name, value] of params) {
    if (name === 'branch') via.branch = value
    else if (name === 'received') via.received = value.startsWith('[') ? unbracketed(value) : value
    else if (name === 'rport') via.rport = value === '' ? true : portOf(value)
    else {
      others ??= new Map()
      others.set(name, value)
    }
  }
  if (others !== undefined) via.params = others
  return via.rport !== -1
}

/** -1 when it is none. */
function portOf(text: string): number {
  return /^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT ? Number(text) : -1
}

/** `udp` and `UDP` are the same (RFC 3261 §7.3.1): known ones upper-cased. */
function transportOf(token: string): string {
  return TRANSPORTS.get(token) ?? TRANSPORTS.get(token.toUpperCase()) ?? token
}

/** Some put an IPv6 address in brackets here, against RFC 5118 §4.5. */
function unbracketed(address: string): string {
  let start = 0
  let end = address.length
  while (start < end && address[start] === '[') start++
  while (end > start && address[end - 1] === ']') end--
  return address.slice(start, end)
}

function checkReceived(address: string): string {
  if (address.startsWith('[')) throw new TypeError(`An address goes without brackets here, not as ${JSON.stringify(address)}`)
  return address
}

const MAX_PORT = 65_535
const FIELDS = ['branch', 'received', 'rport']
const TRANSPORTS: ReadonlyMap<string, string> = new Map(['UDP', 'TCP', 'TLS', 'WS', 'WSS', 'SCTP'].map(name => [name, name]))
