/** What our Record-Route says of a dialog, signed: so that a proxy that was restarted still knows its media and the phone's flow. RFC 3261 §16.6 step 4. */
import type { Hop } from '@strowger/sip-transaction'
import type { Side } from './step.ts'

export interface RouteToken {
  /** The call's id. */
  readonly call: string
  /** Which neighbour has this value on top of its Route: it sends from that side. */
  readonly side: Side
  /** `a` towards who called, `b…` towards who was called; with `call` it names the media session. */
  readonly leg: string
  /** How the outside party is reached, whatever its Contact says (RFC 5626 §5.3). */
  readonly flow: FlowToken
}

/** A transport, the far end, and the connection if it is one. */
export interface FlowToken {
  readonly transport: Hop['transport']
  readonly address: string
  readonly port: number
  readonly flow?: number
  /** Over UDP: our own port, the one that the far end has heard from. A NAT on the way lets no other in. */
  readonly own?: number
  /** Names the process whose numbering `flow` is in. */
  readonly boot?: string
  /** The far end's own idea of its address is not where it sends from. */
  readonly nat?: boolean
  /** Over TLS: the domain that led there, which its certificate must prove. RFC 5922 §7.3. */
  readonly name?: string
}

const SEPARATOR = '|'

/** Text of a token, before it is signed. Fields are checked on the way back by their number. */
export function writeRouteToken(token: RouteToken): string {
  return ['r', token.call, token.side === 'outside' ? 'o' : 'i', token.leg, writeFlowToken(token.flow)].join(SEPARATOR)
}

export function readRouteToken(text: string): RouteToken | undefined {
  const [kind, call, side, leg, ...flowParts] = text.split(SEPARATOR)
  if (kind !== 'r' || call === undefined || leg === undefined) return undefined
  const flow = readFlowToken(flowParts.join(SEPARATOR))
  if (flow === undefined || (side !== 'o' && side !== 'i')) return undefined
  return { call, side: side === 'o' ? 'outside' : 'inside', leg, flow }
}

export function writeFlowToken(flow: FlowToken): string {
  const { transport, address, port, boot = '', nat, name } = flow
  const way = (transport === 'UDP' ? flow.own : flow.flow) ?? ''
  return ['f', transport, address, port, way, boot, nat ? 'n' : '', ...(name === undefined ? [] : [name])].join(SEPARATOR)
}

export function readFlowToken(text: string): FlowToken | undefined {
  const [kind, transport, address, port, way, boot, nat, name, ...more] = text.split(SEPARATOR)
  if (kind !== 'f' || more.length > 0 || transport === undefined || !isTransport(transport)) return undefined
  if (address === undefined || !/^\d{1,5}$/.test(port ?? '')) return undefined
  return {
    transport,
    address,
    port: Number(port),
    ...(way ? { [transport === 'UDP' ? 'own' : 'flow']: Number(way) } : {}),
    ...(boot ? { boot } : {}),
    ...(nat === 'n' ? { nat: true } : {}),
    ...(name ? { name } : {}),
  }
}

export function flowOf(hop: Hop, boot: string, nat: boolean): FlowToken {
  const way = hop.transport === 'UDP' ? { own: hop.local.port } : hop.flow === undefined ? {} : { flow: hop.flow, boot }
  return { transport: hop.transport, address: hop.remote.address, port: hop.remote.port, ...way, ...(nat ? { nat } : {}) }
}

/** NG call-id of a leg's media session. */
export function mediaSession(call: string, leg: string): string {
  return `${call}.${leg}`
}

/** The call that a media session is of; the whole name where it is none of ours. */
export function callOfSession(session: string): string {
  const dot = session.lastIndexOf('.')
  return dot < 0 ? session : session.slice(0, dot)
}

function isTransport(text: string): text is Hop['transport'] {
  return text === 'UDP' || text === 'TCP' || text === 'TLS' || text === 'WS' || text === 'WSS'
}
