/** `udp:ADDRESS:PORT` and the like as text. RFC 3261 §18, RFC 7118 §5. */
import type { Hop } from '@strowger/sip-transaction'
import { TransportError } from './transport-error.ts'

/** A socket to open. RFC 3261 §18.1, §18.2. */
export interface ListenAddress {
  /** WS and WSS are HTTP servers. RFC 7118 §3. */
  readonly transport: Hop['transport']
  /** Numeric. `0.0.0.0` and `::` are all of one family. */
  readonly address: string
  /** Default 0: any free one, see `localFor`. */
  readonly port?: number
  /** Nothing is listened on: connections are only opened, as a phone without a certificate does over TLS. Not for UDP. */
  readonly connectOnly?: boolean
  /** Of a socket that listens there already, see `shareListeners`; the endpoint takes a duplicate. Not for UDP. */
  readonly descriptor?: number | undefined
  /** Id of the flow of a UDP socket that several workers have, see `shareListeners`. */
  readonly flow?: number | undefined
  /** Of UDP: removed already, but colleagues still have it open for what goes on there, and this one answers by it too. */
  readonly isLeft?: boolean | undefined
}

/** @throws {TransportError} `bad-listen`. */
export function parseListen(text: string): ListenAddress & { readonly port: number } {
  const [, name, address, port] = /^(udp|tcp|tls|ws|wss):(\[[0-9a-fA-F:.%]+\]|[0-9.]+)(?::(\d{1,5}))?$/.exec(text) ?? []
  if (name === undefined || address === undefined || (port === undefined && name === 'udp'))
    throw new TransportError('bad-listen', `"${text}" ${WANTED}`)
  const transport = name.toUpperCase() as ListenAddress['transport']
  const numeric = address.replace(/^\[|\]$/g, '')
  return port === undefined
    ? { transport, address: numeric, port: 0, connectOnly: true }
    : { transport, address: numeric, port: Number(port) }
}

export function formatListen(transport: ListenAddress['transport'], address: string, port: number): string {
  return `${transport.toLowerCase()}:${address.includes(':') ? `[${address}]` : address}:${port}`
}

const WANTED =
  'is not udp:, tcp:, tls:, ws: or wss: with ADDRESS:PORT (an IP address, in brackets if IPv6; without :PORT only to connect, not for udp:)'
