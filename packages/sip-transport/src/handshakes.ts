/** Sockets that have been accepted but have not finished their TLS handshake or HTTP upgrade: half-open senders. RFC 3261 §26.3.2.1, RFC 7118 §4.1. */
import type { Socket } from 'node:net'
import type { Address } from '@strowger/sip-transaction'

interface Guest {
  readonly socket: Socket
  readonly local: Address
  readonly since: number
}

export class Handshakes {
  readonly #guests = new Map<string, Guest>()
  readonly #failed: () => void

  /** `failed`: it went away, or was sent away, before it was done. */
  constructor(failed: () => void) {
    this.#failed = failed
  }

  begin(socket: Socket, remote: Address, local: Address, now: number): void {
    const key = keyOf(remote)
    const guest = { socket, local, since: now }
    this.#guests.set(key, guest)
    socket.on('error', () => {})
    socket.once('close', () => {
      if (this.#guests.get(key) !== guest) return
      this.#guests.delete(key)
      this.#failed()
    })
  }

  /** It is done: where it came from and to. Undefined when the peer has left meanwhile. */
  end(socket: Socket): { readonly remote: Address; readonly local: Address } | undefined {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) return undefined
    const remote = { address: remoteAddress, port: remotePort }
    const guest = this.#guests.get(keyOf(remote))
    if (guest === undefined) return undefined
    this.#guests.delete(keyOf(remote))
    return { remote, local: guest.local }
  }

  /** Closes those that have had more than `patienceMs`; says how many. */
  sweep(now: number, patienceMs: number): number {
    let slow = 0
    for (const [key, { socket, since }] of this.#guests) {
      if (now - since < patienceMs) continue
      slow++
      this.#guests.delete(key)
      socket.destroy()
    }
    return slow
  }

  closeAll(): void {
    for (const { socket } of this.#guests.values()) socket.destroy()
    this.#guests.clear()
  }
}

function keyOf({ address, port }: Address): string {
  return `${address} ${port}`
}
