/** How many connections may be accepted, in all and from one source: a flood from one place leaves room for the others. RFC 3261 §26.1.5. */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { SharedConnections } from './workers/shared-connections.ts'

export class Admission {
  readonly #most: number
  readonly #mostPerSource: number
  readonly #firstReserved: number
  readonly #bySource = new Map<string, number>()
  readonly #shared: SharedConnections | undefined
  #count = 0

  /**
   * `files`: descriptors that the process may have; the last of them are kept for files, name servers and connections of our own. `shared`: with
   * other workers, whose connections count as well.
   */
  constructor(most: number, mostPerSource: number, files: number = mostFiles(), shared?: SharedConnections) {
    this.#shared = shared
    this.#most = most
    this.#mostPerSource = mostPerSource
    this.#firstReserved = files - Math.min(MOST_RESERVED, files / 4)
  }

  /** Whether there is room; the place is free again when the socket has closed. */
  admit(socket: Socket, address: string): boolean {
    const source = sourceOf(address)
    const same = this.#bySource.get(source) ?? 0
    const all = this.#count + (this.#shared?.othersAccepted ?? 0)
    const fromThere = same + (all > this.#count ? this.#shared!.othersFrom(source) : 0)
    if (all >= this.#most || fromThere >= this.#mostPerSource || descriptorOf(socket) >= this.#firstReserved) return false
    this.#shared?.accepted(source, 1)
    this.#count++
    this.#bySource.set(source, same + 1)
    socket.once('close', () => this.#release(source))
    return true
  }

  #release(source: string): void {
    this.#count--
    this.#shared?.accepted(source, -1)
    const left = (this.#bySource.get(source) ?? 1) - 1
    if (left === 0) this.#bySource.delete(source)
    else this.#bySource.set(source, left)
  }
}

/** An IPv4 address; of an IPv6 address its /64, which one host has whole. RFC 4291 §2.5.4. */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address
  const bare = address.split('%')[0]!
  const [head = '', tail] = bare.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? 0 : tail.split(':').length
  if (tail !== undefined) while (groups.length + rest < 8 && groups.length < 4) groups.push('0')
  if (tail !== undefined && groups.length < 4) groups.push(...tail.split(':'))
  return groups.slice(0, 4).join(':')
}

/** The kernel gives the lowest that is free: a high one says that all below it are in use, by whichever thread. */
function descriptorOf(socket: Socket): number {
  return (socket as { readonly _handle?: { readonly fd?: number } })._handle?.fd ?? -1
}

/** Node raises the limit to what it may be raised to when it starts. */
function mostFiles(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Number.POSITIVE_INFINITY)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

const MOST_RESERVED = 128
