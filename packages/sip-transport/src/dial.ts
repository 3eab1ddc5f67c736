/** Opens connections: TCP, TLS with a peer that proves its domain, WebSockets. RFC 3261 §18.1.1, RFC 5922 §7.3, RFC 7118 §4.1. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Address } from '@strowger/sip-transaction'
import { WebSocket } from 'ws'
import type { NamedAddress } from './flow.ts'
import { isWildcard } from './local-address.ts'
import type { TlsIdentity } from './tls-identity.ts'
import { TransportError } from './transport-error.ts'
import { SUBPROTOCOL, webSocketLimits } from './ws-door.ts'

/** `connectMs` for all of it: TCP and TLS. */
export function dialStream(remote: NamedAddress, local: Address, identity: TlsIdentity | undefined, connectMs: number): Socket | TLSSocket {
  const options = { host: remote.address, port: remote.port, ...sourceOf(local) }
  const socket = identity === undefined ? connect(options) : connectTls({ ...options, ...identity.towards(remote) })
  const timer = setTimeout(() => socket.destroy(new TransportError('ETIMEDOUT', 'connect timed out')), connectMs)
  const stop = (): void => clearTimeout(timer)
  socket.once(identity === undefined ? 'connect' : 'secureConnect', stop).once('close', stop)
  return socket
}

export function dialWebSocket(
  remote: NamedAddress,
  local: Address,
  identity: TlsIdentity | undefined,
  limits: { readonly connectMs: number; readonly messageBytes: number },
): WebSocket {
  const { address, port, name } = remote
  const host = address.includes(':') ? `[${address}]` : address
  return new WebSocket(`${identity === undefined ? 'ws' : 'wss'}://${host}:${port}/`, SUBPROTOCOL, {
    ...webSocketLimits(limits.messageBytes),
    ...sourceOf(local),
    ...identity?.towards(remote),
    ...(name !== undefined && { headers: { Host: `${name}:${port}` } }),
    handshakeTimeout: limits.connectMs,
  })
}

/** Out of the socket address the Via names, unless that is all of them. */
function sourceOf({ address }: Address): { localAddress?: string } {
  return isWildcard(address) ? {} : { localAddress: address }
}
