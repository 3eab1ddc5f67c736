/** Where a proxy listens: each port of the configuration with its transport. RFC 3261 §18.2.1. */
import type { ListenAddress } from '@strowger/sip-transport'

/** Carriers have no WebSockets. */
export interface ProxyPorts {
  readonly udp: number
  readonly tcp: number
  readonly tls: number
  readonly ws?: number
  readonly wss?: number
}

export function listenersOf(address: string, { udp, tcp, tls, ws, wss }: ProxyPorts): readonly [ListenAddress, ...ListenAddress[]] {
  return [
    { transport: 'UDP', address, port: udp },
    { transport: 'TCP', address, port: tcp },
    { transport: 'TLS', address, port: tls },
    ...(ws === undefined ? [] : [{ transport: 'WS', address, port: ws } as const]),
    ...(wss === undefined ? [] : [{ transport: 'WSS', address, port: wss } as const]),
  ]
}
