/** How many connections may be accepted, in all and from one source: a flood from one place leaves room for the others. RFC 3261 §26.1.5. */
import type { Socket } from 'node:net'

export class Admission {
  readonly #most: number
  readonly #mostPerSource: number
  readonly #bySource = new Map<string, number>()
  #count = 0

  constructor(most: number, mostPerSource: number) {
    this.#most = most
    this.#mostPerSource = mostPerSource
  }

  /** Whether there is room; the place is free again when the socket has closed. */
  admit(socket: Socket, address: string): boolean {
    const source = sourceOf(address)
    const same = this.#bySource.get(source) ?? 0
    if (this.#count >= this.#most || same >= this.#mostPerSource) return false
    this.#count++
    this.#bySource.set(source, same + 1)
    socket.once('close', () => this.#release(source))
    return true
  }

  #release(source: string): void {
    this.#count--
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
