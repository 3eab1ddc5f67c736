/** The UDP sockets of an endpoint: which one a hop leaves by, and those that were removed but still serve what is known. RFC 3261 §18. */
import type { Batch, Peer } from '@strowger/dgram-ext'
import type { Address, Hop } from '@strowger/sip-transaction'
import { systemError } from './transport-error.ts'
import { UdpFlow, type UdpFlowOptions } from './udp-flow.ts'

export interface UdpSocketsOptions extends Omit<UdpFlowOptions, 'address' | 'port'> {
  /** A removed socket is closed when nothing was heard by it for so long, ms. */
  readonly idleMs: number
  readonly clock: () => number
  readonly newId: () => number
  readonly receive: (batch: Batch, flow: UdpFlow) => void
  readonly failed: (peer: Peer, code: string) => void
}

export class UdpSockets {
  readonly #options: UdpSocketsOptions
  readonly #flows: UdpFlow[] = []
  /** Looks whether sockets that were removed may be closed. */
  #leaving: NodeJS.Timeout | undefined

  constructor(options: UdpSocketsOptions) {
    this.#options = options
  }

  /** The one a message came by, if that was removed. */
  leftBy({ flow }: Hop): UdpFlow | undefined {
    if (this.#leaving === undefined || flow === undefined) return undefined
    const found = this.get(flow)
    return found?.leftAt === undefined ? undefined : found
  }

  /** We never took anything new there, but answer for a colleague who did. Where none is left who has it open, another may have taken it. */
  bindLeft(address: string, port: number, id?: number): Address {
    try {
      this.leave(this.bind(address, port, id))
    } catch {}
    return { address, port }
  }

  /** One that was removed and is still there comes back as it was. `id`: of its flow, where others have to know it. @throws {TransportError} with the errno name as `code`. */
  bind(address: string, port: number, id?: number): Address {
    const left = this.#flows.find(({ local, leftAt }) => leftAt !== undefined && local.port === port && local.address === address)
    if (left !== undefined) {
      left.leftAt = undefined
      left.closesAt = Number.POSITIVE_INFINITY
      return left.local
    }
    const { newId, receive, failed, idleMs: _, clock: __, ...socket } = this.#options
    try {
      const flow = new UdpFlow(id ?? newId(), { ...socket, address, port }, receive)
      flow.socket.onError(failed)
      this.#flows.push(flow)
      return flow.local
    } catch (cause) {
      throw systemError(cause, `listen on udp:${address}:${port}`)
    }
  }

  /** Nothing is sent by it any more but what names it or its port, and it is closed when it has been silent, or after a day. */
  leave(at: Address): void {
    const flow = this.#flows.find(({ local, leftAt }) => leftAt === undefined && local.address === at.address && local.port === at.port)
    if (flow === undefined) return
    const { clock, idleMs } = this.#options
    flow.leftAt = clock()
    flow.closesAt = flow.leftAt + LONGEST_MS
    this.#leaving ??= setInterval(() => this.#closeLeft(), Math.max(10, idleMs / 32)).unref()
  }

  get(id: number): UdpFlow | undefined {
    return this.#flows.find(flow => flow.id === id)
  }

  /** The flow it came by, or our socket at `hop.local`, or any of the same family: so what came by a socket that is closed is still answered. */
  for(hop: Hop): UdpFlow | undefined {
    const named = hop.flow === undefined ? undefined : this.get(hop.flow)
    if (named !== undefined) return named
    const version6 = hop.remote.address.includes(':')
    let fitting: UdpFlow | undefined
    for (const flow of this.#flows) {
      if (flow.local.address.includes(':') !== version6) continue
      if (flow.local.port === hop.local.port) return flow
      if (flow.leftAt === undefined) fitting ??= flow
    }
    return fitting
  }

  /** Without waiting for others; false when no socket leads there. */
  sendNow(bytes: Uint8Array, hop: Hop): boolean {
    const flow = this.for(hop)
    flow?.sendNow(bytes, hop)
    return flow !== undefined
  }

  /** Datagrams the kernel dropped because our buffer was full. */
  get dropped(): number {
    return this.#flows.reduce((sum, flow) => sum + (flow.socket.stats().dropped ?? 0), 0)
  }

  /** For how long the kernel's queue of datagrams has not been empty, ms; of several sockets, the longest. */
  get queueMs(): number {
    return this.#flows.reduce((longest, { queue }) => Math.max(longest, queue.standingMs), 0)
  }

  /** `but`: this one sends by itself at the end of its callback, together with what it may yet read before. */
  flush(but?: UdpFlow): void {
    for (const flow of this.#flows) if (flow !== but) flow.socket.flush()
  }

  close(): void {
    clearInterval(this.#leaving)
    for (const flow of this.#flows) flow.socket.close()
  }

  #closeLeft(): void {
    const { clock, idleMs } = this.#options
    const now = clock()
    for (const flow of this.#flows.filter(({ leftAt = now, closesAt }) => now - leftAt >= idleMs || now >= closesAt)) {
      flow.socket.close()
      this.#flows.splice(this.#flows.indexOf(flow), 1)
    }
    if (this.#flows.some(({ leftAt }) => leftAt !== undefined)) return
    clearInterval(this.#leaving)
    this.#leaving = undefined
  }
}

/** However long somebody goes on there. */
const LONGEST_MS = 86_400_000
