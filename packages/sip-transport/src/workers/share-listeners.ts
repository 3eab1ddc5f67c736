/** The sockets that several workers listen on: opened once, so that a port is free or is not, and no connection is lost with a worker. RFC 3261 §18.2.1. */
import { closeSync } from 'node:fs'
import { createServer, isIPv6 } from 'node:net'
import { duplicateDescriptor, UdpSocket } from '@strowger/dgram-ext'
import type { ListenAddress } from '../listen-address.ts'
import { systemError } from '../transport-error.ts'

/** What every worker is given as `listen`; plain data, but for this process only. */
export interface SharedListeners {
  /**
   * With the ports that were given, for what is a stream the descriptor of a socket that listens, and for UDP the id of its flow, which all
   * workers have to give it. Changes with `add` and `remove`.
   */
  readonly listen: readonly [ListenAddress, ...ListenAddress[]]
  /**
   * For workers that are started later, after those of `listen`: UDP sockets that were removed within the last day. The other workers have them open for
   * what goes on there, and a worker answers by any of them.
   */
  readonly left: readonly ListenAddress[]
  /** One more, for each worker's `endpoint.addListener`. @throws {TransportError} like {@link shareListeners}. */
  add(address: ListenAddress): Promise<ListenAddress>
  /** No worker that is started later listens there. Undefined when nobody does. */
  remove(address: ListenAddress): ListenAddress | undefined
  /** When no worker is to be started any more. Those that run go on. */
  close(): void
}

/**
 * Opens what is to be shared. Workers each bind a UDP socket of their own to the same port (SO_REUSEPORT); they accept from one listening
 * socket. Native only.
 * @throws {TransportError} with the errno name as `code`, `EADDRINUSE`.
 */
export async function shareListeners(listen: readonly [ListenAddress, ...ListenAddress[]]): Promise<SharedListeners> {
  const shared = new Shared()
  try {
    for (const address of listen) await shared.add(address)
  } catch (cause) {
    shared.close()
    throw cause
  }
  return shared
}

interface Left {
  readonly address: ListenAddress
  readonly until: number
}

class Shared implements SharedListeners {
  #listen: readonly ListenAddress[] = []
  /** UDP sockets stay with the workers for what goes on there: one that comes back is bound already, and known by its id. */
  #left: readonly Left[] = []
  #flows = 0

  get listen(): SharedListeners['listen'] {
    return this.#listen as unknown as SharedListeners['listen']
  }

  get left(): readonly ListenAddress[] {
    const now = performance.now()
    this.#left = this.#left.filter(({ until }) => until > now)
    return this.#left.map(({ address }) => ({ ...address, isLeft: true }))
  }

  async add(address: ListenAddress): Promise<ListenAddress> {
    const opened = this.#takeLeft(address) ?? (await this.#open(address))
    this.#listen = [...this.#listen, opened]
    return opened
  }

  remove(address: ListenAddress): ListenAddress | undefined {
    const found = this.#listen.find(one => isAt(one, address))
    if (found === undefined) return undefined
    this.#listen = this.#listen.filter(one => one !== found)
    if (found.descriptor !== undefined) closeSync(found.descriptor)
    else if (found.transport === 'UDP') this.#left = [...this.#left, { address: found, until: performance.now() + LEFT_MS }]
    return found
  }

  close(): void {
    for (const { descriptor } of this.#listen) if (descriptor !== undefined) closeSync(descriptor)
    this.#listen = []
  }

  #takeLeft(address: ListenAddress): ListenAddress | undefined {
    const found = this.#left.find(one => isAt(one.address, address))
    this.#left = this.#left.filter(one => one !== found)
    return found?.address
  }

  #open(address: ListenAddress): Promise<ListenAddress> | ListenAddress {
    if (address.transport === 'UDP') return { ...address, port: freePort(address), flow: ++this.#flows }
    return address.connectOnly ? address : openStream(address)
  }
}

function isAt(one: ListenAddress, { transport, address, port }: ListenAddress): boolean {
  return one.transport === transport && one.address === address && one.port === port
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

/** As long as a socket that was removed stays at most. */
const LEFT_MS = 86_400_000
