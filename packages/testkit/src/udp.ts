/** Runs the same parties on real UDP sockets: against each other, or against a program under test. RFC 3261 §18. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Address, Millis } from '@strowger/sip-transaction'
import type { LinkOptions } from './network.ts'
import { addressText, type Datagram, type Exchange, type Party } from './party.ts'
import { type Performance, performanceOf } from './perform.ts'
import { seededRandom } from './random.ts'

/** Where and how fast a performance on sockets runs. */
export interface UdpOptions {
  /** The local address that all bind, each with a port of its own. Default `127.0.0.1`. */
  readonly address?: string
  /** Programs under test by the names that scripts use: `{ proxy: { address: '127.0.0.1', port: 5060 } }`. */
  readonly others?: Readonly<Record<string, Address>>
  /** Real milliseconds for each one of a script. Default 1; at 0.1 a pause of a second takes a tenth of it, and so do retransmissions. */
  readonly scale?: number
  /** Of script time. Default 60000. */
  readonly limitMs?: Millis
  /** What happens to each datagram between a party and its socket, both ways; of its own accord loopback loses nothing. Times are script time. */
  readonly link?: UdpLinkOptions
  /** Of all chance in `link`. Default 1. */
  readonly seed?: number
}

/** A bad network before real sockets. */
export interface UdpLinkOptions extends LinkOptions {
  /** How many arrive with one byte changed. Default 0. */
  readonly corrupt?: number
}

/**
 * Performs until every script is at its end or one failed, then closes the sockets.
 * @throws {ScriptError} where a script does not come to its end, and whatever `bind` throws
 */
export async function performUdp(parties: readonly Party[], options: UdpOptions = {}): Promise<Performance> {
  const stage = new UdpStage(parties, options)
  try {
    await stage.open()
    await stage.performed()
  } finally {
    stage.close()
  }
  return performanceOf(parties, stage.exchanges, stage.now)
}

class UdpStage {
  readonly exchanges: Exchange[] = []
  readonly #parties: readonly Party[]
  readonly #options: UdpOptions
  readonly #sockets = new Map<Party, Socket>()
  readonly #names = new Map<string, string>()
  readonly #addresses = new Map<string, Address>()
  readonly #scale: number
  readonly #limitMs: Millis
  readonly #random: () => number
  readonly #late = new Set<NodeJS.Timeout>()
  #began = 0
  #timer: NodeJS.Timeout | undefined
  #end: () => void = () => {}

  constructor(parties: readonly Party[], options: UdpOptions) {
    this.#parties = parties
    this.#options = options
    this.#scale = options.scale ?? 1
    this.#limitMs = options.limitMs ?? 60_000
    this.#random = seededRandom(options.seed ?? 1)
    for (const [name, address] of Object.entries(options.others ?? {})) this.#know(name, address)
  }

  get now(): Millis {
    return (performance.now() - this.#began) / this.#scale
  }

  async open(): Promise<void> {
    const { address = '127.0.0.1' } = this.#options
    for (const party of this.#parties) {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
      this.#sockets.set(party, socket)
      socket.bind(0, address)
      await once(socket, 'listening')
      this.#know(party.name, socket.address())
      socket.on('message', (bytes, { address: from, port }) => {
        this.#through(bytes, arrived => this.#step(party, () => party.receive(this.now, arrived, { address: from, port })))
      })
      // What goes to a closed port is lost, as on any network; the script says what it waited for.
      socket.on('error', () => undefined)
    }
  }

  performed(): Promise<void> {
    return new Promise(resolve => {
      this.#end = resolve
      this.#began = performance.now()
      for (const party of this.#parties) {
        const address = this.#addressOf(party.name)
        this.#step(party, () => party.start(this.now, { address, addressOf: name => this.#addressOf(name) }))
      }
    })
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const timer of this.#late) clearTimeout(timer)
    for (const socket of this.#sockets.values()) socket.close()
  }

  #step(party: Party, act: () => void): void {
    act()
    for (let datagram = party.poll(); datagram !== undefined; datagram = party.poll()) this.#transmit(party, datagram)
    const kinds = this.#parties.map(({ outcome }) => outcome.kind)
    if (!kinds.includes('running') || kinds.includes('failed')) this.#end()
    else this.#sleep()
  }

  #sleep(): void {
    clearTimeout(this.#timer)
    const next = Math.min(this.#limitMs, ...this.#parties.map(({ nextWake }) => nextWake))
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, Math.ceil((next - this.now) * this.#scale)))
  }

  #wake(): void {
    if (this.now >= this.#limitMs) return this.#end()
    for (const party of this.#parties) if (party.nextWake <= this.now) this.#step(party, () => party.wake(this.now))
    this.#sleep()
  }

  #transmit(party: Party, { to, bytes }: Datagram): void {
    const name = this.#names.get(addressText(to)) ?? addressText(to)
    const fate = this.#through(bytes, left => this.#sockets.get(party)!.send(left, to.port, to.address))
    this.exchanges.push({ sentAt: this.now, from: party.name, to: name, bytes, fate })
  }

  /** The way between a party and its socket. */
  #through(bytes: Uint8Array, arrive: (bytes: Uint8Array) => void): Exchange['fate'] {
    const { loss = 0, duplicate = 0, corrupt = 0 } = this.#options.link ?? {}
    if (loss > 0 && this.#random() < loss) return 'lost'
    const isTwice = duplicate > 0 && this.#random() < duplicate
    const whole = corrupt > 0 && this.#random() < corrupt ? this.#corrupted(bytes) : bytes
    for (let copy = isTwice ? 2 : 1; copy > 0; copy--) this.#after(this.#delay(), () => arrive(whole))
    return isTwice ? 'doubled' : 'sent'
  }

  #delay(): Millis {
    const { delayMs = 0, jitterMs = 0, reorder = 0 } = this.#options.link ?? {}
    const held = reorder > 0 && this.#random() < reorder ? this.#random() * HELD_BACK_MS : 0
    return delayMs + (jitterMs > 0 ? this.#random() * jitterMs : 0) + held
  }

  #after(ms: Millis, act: () => void): void {
    if (ms === 0) return act()
    const timer = setTimeout(() => {
      this.#late.delete(timer)
      act()
    }, ms * this.#scale)
    this.#late.add(timer)
  }

  #corrupted(bytes: Uint8Array): Uint8Array {
    const changed = Uint8Array.from(bytes)
    if (changed.length > 0) changed[Math.floor(this.#random() * changed.length)]! ^= 1 << Math.floor(this.#random() * 8)
    return changed
  }

  #know(name: string, { address, port }: Address): void {
    this.#addresses.set(name, { address, port })
    this.#names.set(addressText({ address, port }), name)
  }

  #addressOf(name: string): Address {
    const found = this.#addresses.get(name)
    if (!found) throw new TypeError(`Nobody is called "${name}"; there are ${[...this.#addresses.keys()].join(', ')}`)
    return found
  }
}

/** As on the simulated network. */
const HELD_BACK_MS = 400
