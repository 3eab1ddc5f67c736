/** The sockets that several workers listen on: opened once, so that a port is free or is not, and no connection is lost with a worker. RFC 3261 §18.2.1. */
import { closeSync } from 'node:fs'
import { createServer, isIPv6 } from 'node:net'
import { duplicateDescriptor, UdpSocket } from '@strowger/dgram-ext'
import type { ListenAddress } from '../listen-address.ts'
import { systemError } from '../transport-error.ts'

/** What every worker is given as `listen`; plain data, but for this process only. */
export interface SharedListeners {
  /** With the ports that were given, and for what is a stream the descriptor of a socket that listens. */
  readonly listen: readonly [ListenAddress, ...ListenAddress[]]
  /** When no worker is to be started any more. Those that run go on. */
  close(): void
}

/**
 * Opens what is to be shared. Workers each bind a UDP socket of their own to the same port (SO_REUSEPORT); they accept from one listening
 * socket. Native only.
 * @throws {TransportError} with the errno name as `code`, `EADDRINUSE`.
 */
export async function shareListeners(listen: readonly [ListenAddress, ...ListenAddress[]]): Promise<SharedListeners> {
  const descriptors: number[] = []
  const close = (): void => {
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor)
  }
  const shared: ListenAddress[] = []
  try {
    for (const address of listen) {
      const opened = await open(address)
      shared.push(opened)
      if (opened.descriptor !== undefined) descriptors.push(opened.descriptor)
    }
  } catch (cause) {
    close()
    throw cause
  }
  return { listen: shared as unknown as SharedListeners['listen'], close }
}

function open(address: ListenAddress): Promise<ListenAddress> | ListenAddress {
  if (address.transport === 'UDP') return { ...address, port: freePort(address) }
  return address.connectOnly ? address : openStream(address)
}

/** Bound without SO_REUSEPORT for a moment: with it a stranger's socket would share the port with us, and nobody be told. */
function freePort({ address, port = 0 }: ListenAddress): number {
  try {
    const probe = UdpSocket.bind({ address, port }, () => {})
    probe.close()
    return probe.local.port
  } catch (cause) {
    throw systemError(cause, `listen on udp:${address}:${port}`)
  }
}

/** Node's server accepts nothing: it is closed before its loop has turned, and its duplicate listens on. */
function openStream({ transport, address, port = 0 }: ListenAddress): Promise<ListenAddress> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(systemError(error, `listen on ${transport.toLowerCase()}:${address}:${port}`)))
    server.listen({ host: address, port, ipv6Only: isIPv6(address) }, () => {
      const at = server.address() as { port: number }
      const descriptor = duplicateDescriptor((server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd)
      server.close(() => resolve({ transport, address, port: at.port, descriptor }))
    })
  })
}
