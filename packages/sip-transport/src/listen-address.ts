/** `udp:ADDRESS:PORT` and the like as text. RFC 3261 §18, RFC 7118 §5. */
import type { ListenAddress } from './transport.ts'
import { TransportError } from './transport-error.ts'

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
